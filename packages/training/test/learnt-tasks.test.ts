import { causal, multiHeadAttention } from '@longspan/attention-sparse';
import { createKey, disposeParameters, disposeState, learnedPositions, transformerLayer } from '@longspan/core-tensor';
import { isTried, onTrainingBackends } from '@longspan/tooling/expect';
import { argMax, dispose, tensor2d, tidy } from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import {
  accuracy,
  adamW,
  additionTask,
  associativeRecallTask,
  copyTask,
  cosineSchedule,
  dataAt,
  duplicationTask,
  listOpsTask,
  motifPairsTask,
  needleTask,
  regimeTask,
  sortingTask,
  type Task,
  taskBatch,
  train,
  warmup,
} from '../src/index.ts';
import { kitModel } from './kit-model.ts';

const [width, batch, learningRate] = [32, 32, 0.006];

/** Two layers of causal attention over all tokens: the mechanism that every task is learnt by here. */
const modelOf = ({ vocabulary, length }: Task) => {
  const layer = () => transformerLayer({ width, attention: multiHeadAttention({ width, heads: 4, mask: causal() }) });
  const positions = learnedPositions({ length, width, standardDeviation: 0.7 });
  return kitModel({ vocabulary, width, layers: { one: layer(), two: layer() }, positions, standardDeviation: 0.7 });
};

const drawn = (task: Task, part: string, at: number) => taskBatch(task, { batch, key: createKey(part).fold(at) });

/** The accuracy on examples that were not trained on, after so many steps. */
async function learnt(task: Task, steps: number): Promise<number> {
  const model = modelOf(task);
  const data = dataAt((at) => drawn(task, 'train', at));
  const { parameters, state } = await train(model.loss, data, {
    key: createKey('run'),
    steps,
    schedule: warmup(Math.ceil(steps / 20), cosineSchedule({ learningRate, steps })),
    optimizer: adamW({ beta2: 0.95 }),
  }).finish();
  const metric = accuracy();
  for (let at = 0; at < 8; at++) {
    const { ids, targets, shape } = drawn(task, 'judged', at);
    const x = tensor2d(ids, [...shape], 'int32');
    const answers = tidy(() => argMax(model.logits.apply(parameters, x), -1));
    metric.add({ labels: targets, predictions: await answers.data(), mask: Array.from(targets, (target) => Number(target >= 0)) });
    dispose([x, answers]);
  }
  disposeParameters(parameters);
  disposeState(state);
  return metric.value();
}

/** What each is learnt to, and in how many steps; the bounds are well above chance and above what a guess among the example's tokens reaches. */
const tasks: readonly (readonly [Task, { readonly steps: number; readonly bound: number }])[] = [
  [copyTask({ count: 4, symbols: 4, delay: 4 }), { steps: 100, bound: 0.9 }],
  [duplicationTask({ count: 4, symbols: 6 }), { steps: 250, bound: 0.8 }],
  [associativeRecallTask({ pairs: 2, queries: 8, keys: 4, values: 4 }), { steps: 300, bound: 0.8 }],
  [needleTask({ length: 12, keys: 3, values: 4, hay: 4 }), { steps: 100, bound: 0.9 }],
  [listOpsTask({ length: 5, depth: 1, maxArguments: 2 }), { steps: 250, bound: 0.5 }],
  [sortingTask({ count: 5, symbols: 8 }), { steps: 200, bound: 0.8 }],
  [additionTask({ digits: 1, base: 6 }), { steps: 250, bound: 0.85 }],
  [motifPairsTask({ length: 10, distance: 3, motifLength: 1, symbols: 6 }), { steps: 300, bound: 0.85 }],
  [regimeTask({ length: 14, regimes: 2, dwell: 3, values: 4 }), { steps: 300, bound: 0.85 }],
];

onTrainingBackends('two layers of attention learn', () => {
  it.each(tasks.map((each) => [each[0].name, ...each] as const).filter(([name]) => isTried(name, 3)))(
    '%s above its bound',
    async (_, task, { steps, bound }) => {
      expect(bound).toBeGreaterThan(1.25 * task.chance);
      const reached = await learnt(task, steps);
      expect(reached).toBeGreaterThan(bound);
    },
    600_000,
  );
});
