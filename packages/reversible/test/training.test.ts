import {
  applyLinear,
  chain,
  createKey,
  defineLayer,
  feedForward,
  gelu,
  type Layer,
  layerNorm,
  normal,
  type Parameters,
} from '@longspan/core-tensor';
import { leaked, onTrainingBackends } from '@longspan/tooling/expect';
import { dispose, mean, mul, type Scalar, square, sub, type Tensor, tidy, variable, variableGrads } from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { plainSequence, recompute, recomputedLayer } from '../src/index.ts';
import { stack, streams } from './stacks.ts';

const [tokens, width] = [4, 5];
const draw = (name: string, shape: number[]): Tensor => normal(createKey(name), shape);

/** Something to train: parameters drawn from a key, a loss that is never negative, and the size of a step. */
interface Task {
  readonly rate: number;
  init(): Parameters;
  loss(parameters: Parameters): Scalar;
}

const distance = (a: Tensor, b: Tensor): Tensor => mean(square(sub(a, b)));

const towardsTarget = (layer: Layer, rate: number): Task => ({
  rate,
  init: () => layer.init(createKey('parameters')),
  loss: (parameters) => tidy(() => distance(layer.apply(parameters, draw('x', [tokens, width])), draw('y', [tokens, width])) as Scalar),
});

const layer = chain({ norm: layerNorm({ width }), feed: feedForward({ width, innerWidth: 4 * width }) });
const curve = recompute((x: Tensor, inner: Tensor, outer: Tensor) => applyLinear(gelu(applyLinear(x, inner), 'none'), outer));
const sequence = plainSequence(stack([['gelu', 'chunked']], width));

const tasks: Readonly<Record<string, Task>> = {
  recompute: towardsTarget(
    defineLayer({
      name: 'curve',
      spec: {
        inner: { shape: [4 * width, width], draw: { kind: 'normal', standardDeviation: 1 }, decay: true },
        outer: { shape: [width, 4 * width], draw: { kind: 'normal', standardDeviation: 1 }, decay: true },
      },
      run: ({ parameters }, x: Tensor) => curve(x, parameters.get('inner'), parameters.get('outer')),
    }),
    0.02,
  ),
  recomputedLayer: towardsTarget(recomputedLayer(layer), 0.5),
  plainSequence: {
    rate: 0.1,
    init: () => sequence.init(createKey('parameters')),
    loss: (parameters) =>
      tidy(() => {
        const [found, target] = [sequence.apply(parameters, streams([tokens, width])), streams([tokens, width], 'target')];
        return mul(2, distance(found, target)) as Scalar; // the sum of both streams' means
      }),
  },
};

/** Steps down the gradient; gives the loss before the first and before the last. */
async function train({ init, loss, rate }: Task, steps: number): Promise<readonly [first: number, last: number]> {
  const parameters = init();
  const variables = Object.fromEntries(Object.entries(parameters).map(([name, each]) => [name, variable(each)]));
  dispose(parameters);
  let [first, last] = [0, 0];
  for (let step = 0; step < steps; step++) {
    const { value, grads } = variableGrads(() => loss(variables), Object.values(variables));
    last = (await value.data())[0] as number;
    if (step === 0) first = last;
    for (const each of Object.values(variables)) tidy(() => each.assign(sub(each, mul(grads[each.name] as Tensor, rate))));
    dispose([value, grads]);
  }
  dispose(variables);
  return [first, last];
}

onTrainingBackends('training', () => {
  it.each(Object.entries(tasks))('%s: a hundred steps take the loss below a half and leave no tensors behind', async (_, task) => {
    await train(task, 1); // makes what the backend keeps
    let losses: readonly number[] = [];
    const found = await leaked(async () => {
      losses = await train(task, 100);
      return [];
    });
    expect(found).toEqual({ tensors: 0, buffers: 0 });
    expect(losses[1] as number).toBeLessThan((losses[0] as number) / 2);
  });
});
