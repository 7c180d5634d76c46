import { createKey, type Parameters, type Spec } from '@longspan/core-tensor';
import { initialParameters } from '@longspan/core-tensor/layer';
import { itLearns, itLeavesNothing, type Mechanism, onBackends, onTrainingBackends } from '@longspan/tooling/expect';
import { concat, mul, type Tensor, tidy } from '@tensorflow/tfjs-core';
import {
  adaptiveEmbedding,
  adaptiveSoftmax,
  distanceEncodings,
  memoryAttention,
  positionwiseFeedForward,
  segmentRecurrence,
} from '../src/index.ts';
import { hiddenOf, ids } from './small-model.ts';

const sizes = { width: 6, heads: 2, headDim: 5, blockSize: 4 };
const clusters = { vocabulary: 19, width: 6, embeddingWidth: 8, cutoffs: [3, 8], widthDivisor: 2 };

/** Weights that are livelier than those of init, under which attention is nearly even. */
const lively = ({ spec }: { readonly spec: Spec }, scale: number): Parameters =>
  tidy(() =>
    Object.fromEntries(
      Object.entries(initialParameters(spec, createKey('training'))).map(([name, each]) => [
        name,
        name.includes('norm') ? each : mul(each, scale),
      ]),
    ),
  );

/** All but the whole model, which `training.test.ts` trains with a memory from step to step. */
const mechanisms: readonly Mechanism[] = [
  {
    name: 'memoryAttention',
    make: () => {
      const layer = memoryAttention({ ...sizes, window: { left: 6 }, memoryLength: 9 });
      const [hidden, memory] = [hiddenOf('hidden', [2, 7, 6]), hiddenOf('memory', [2, 9, 6])];
      const state = { memory, 'lengths.0': 9, 'lengths.1': 9 };
      const r = distanceEncodings({ width: 6, distances: 7 });
      return { parameters: lively(layer, 20), run: (each) => layer.apply(each, hidden, { r, state, training: true }).hidden };
    },
    bound: 0.45,
    rate: 0.3,
  },
  {
    name: 'positionwiseFeedForward',
    make: () => {
      const layer = positionwiseFeedForward({ width: 6, innerWidth: 9 });
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
        const before = layer.apply(parameters, first, { training: true });
        const after = layer.apply(parameters, second, { state: before.state, training: true });
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
      const [hidden, targets] = [hiddenOf('hidden', [2, 4, 6]), [0, 18, 5, 2, 7, 7, 12, 1]];
      return { parameters: lively(layer, 20), run: (each) => layer.apply(each, hidden, { targets, training: true }) };
    },
    bound: 0.06,
    rate: 0.3,
  },
];

onTrainingBackends('mechanism', () => itLearns(mechanisms, 20));

onBackends('mechanism', () => itLeavesNothing(mechanisms));
