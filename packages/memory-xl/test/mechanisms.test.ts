import { createKey, type Layer, type Parameters } from '@longspan/core-tensor';
import { leakedInSteps, onBackends, type Trainable, trainTowards } from '@longspan/tooling/expect';
import { concat, dispose, mul, type Tensor, tidy } from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import {
  adaptiveEmbedding,
  adaptiveSoftmax,
  distanceEncodings,
  positionFeedForward,
  relativeAttention,
  segmentRecurrence,
} from '../src/index.ts';
import { hiddenOf, ids } from './small-model.ts';

interface Mechanism {
  readonly name: string;
  readonly make: () => Trainable;
  /** The share of the first squared error that may be left after the steps. */
  readonly bound: number;
  readonly rate: number;
}

const sizes = { width: 6, heads: 2, headDim: 5, blockSize: 4 };
const clusters = { vocabulary: 19, width: 6, embeddingWidth: 8, cutoffs: [3, 8], divVal: 2 };

/** Weights that are livelier than those of init, under which attention is nearly even. */
const lively = ({ init }: Pick<Layer<never, never>, 'init'>, scale: number): Parameters =>
  tidy(() =>
    Object.fromEntries(
      Object.entries(init(createKey('training'))).map(([name, each]) => [name, name.includes('norm') ? each : mul(each, scale)]),
    ),
  );

/** All but the whole model, which `training.test.ts` trains with a memory from step to step. */
const mechanisms: readonly Mechanism[] = [
  {
    name: 'relativeAttention',
    make: () => {
      const layer = relativeAttention({ ...sizes, reach: 6 });
      const [hidden, memory] = [hiddenOf('hidden', [2, 7, 6]), hiddenOf('memory', [2, 9, 6])];
      const r = distanceEncodings({ width: 6, distances: 7 });
      return { parameters: lively(layer, 20), run: (each) => layer.apply(each, { hidden, memory, r }, { training: true }) };
    },
    bound: 0.45,
    rate: 0.3,
  },
  {
    name: 'positionFeedForward',
    make: () => {
      const layer = positionFeedForward({ width: 6, innerWidth: 9 });
      const hidden = hiddenOf('hidden', [2, 7, 6]);
      return { parameters: lively(layer, 20), run: (each) => layer.apply(each, hidden, { training: true }) };
    },
    bound: 0.45,
    rate: 0.3,
  },
  {
    name: 'segmentRecurrence',
    make: () => {
      const layer = segmentRecurrence({ ...sizes, layers: 2, innerWidth: 7, memoryLength: 4 });
      const [first, second] = [hiddenOf('first', [2, 5, 6]), hiddenOf('second', [2, 5, 6])];
      const run = (parameters: Parameters): Tensor => {
        const before = layer.apply(parameters, { hidden: first }, { training: true });
        const after = layer.apply(parameters, { hidden: second, memory: before.memory }, { training: true });
        return concat([before.hidden, after.hidden], 1);
      };
      return { parameters: lively(layer, 20), run };
    },
    bound: 0.47,
    rate: 0.3,
  },
  {
    name: 'adaptiveEmbedding',
    make: () => {
      const layer = adaptiveEmbedding(clusters);
      const tokens = ids([
        [0, 18, 5, 2],
        [7, 7, 12, 1],
      ]);
      return { parameters: lively(layer, 20), run: (each) => layer.apply(each, tokens, { training: true }) };
    },
    bound: 0.15,
    rate: 0.3,
  },
  {
    name: 'adaptiveSoftmax',
    make: () => {
      const layer = adaptiveSoftmax(clusters);
      const inputs = { hidden: hiddenOf('hidden', [2, 4, 6]), targets: [0, 18, 5, 2, 7, 7, 12, 1] };
      return { parameters: lively(layer, 20), run: (each) => layer.apply(each, inputs, { training: true }) };
    },
    bound: 0.06,
    rate: 0.3,
  },
];

onBackends('mechanism', () => {
  it.each(mechanisms)(
    '$name: within 20 plain steps towards a random target the squared error falls below its bound of $bound',
    async ({ make, bound, rate }) => {
      const given = make();
      const { before, after } = await trainTowards(given, { steps: 20, rate });
      expect(after / before).toBeLessThan(bound);
      dispose({ ...given.parameters });
    },
  );

  it.each(mechanisms)('$name: 100 training steps leave nothing behind', { timeout: 180_000 }, async ({ make }) => {
    const given = make();
    expect(await leakedInSteps(given, 100)).toEqual({ tensors: 0, buffers: 0 });
    dispose({ ...given.parameters });
  });
});
