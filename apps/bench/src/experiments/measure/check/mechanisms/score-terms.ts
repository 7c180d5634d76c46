import { causal, createLayout, denseAttention, slidingWindow, sparseAttention } from '@longspan/attention-sparse';
import {
  alibi,
  alibiSlopes,
  attentionDropout,
  bias,
  blockBias,
  cellBias,
  distanceBias,
  keyLengths,
  originalPositions,
  randomPermutation,
  relativePositions,
  type ScoreTerm,
  softCap,
  spanRamp,
} from '@longspan/core-tensor';
import { div, mul, type Tensor, tensor } from '@tensorflow/tfjs-core';
import { type CheckText, checkSizes, type Mechanism } from './mechanism.ts';

const { n, heads, headDim } = checkSizes;
const layout = createLayout(slidingWindow({ left: 70, right: 0 }).and(causal()), { queryLength: n });

/** What a term learns, if anything, and the terms made from it. */
interface Case {
  readonly learned: (text: CheckText) => readonly Tensor[];
  readonly terms: (learned: readonly Tensor[], text: CheckText) => readonly ScoreTerm[];
}

const at = (tensors: readonly Tensor[], index: number): Tensor => tensors[index] as Tensor;

// A slope's gradient is a sum of distances. Learned per text instead of per token it stays near the others in size.
const slopes = (): readonly Tensor[] => [mul(tensor(alibiSlopes(heads)), n)];
const slopeTerm = (learned: readonly Tensor[]): ScoreTerm => alibi(div(at(learned, 0), n));

const cases: Readonly<Record<string, Case>> = {
  bias: { learned: (text) => [text.numbers('bias', [1, heads, n, n])], terms: (x) => [bias(at(x, 0))] },
  blockBias: {
    learned: (text) => [text.numbers('blocks', [layout.indices.length, layout.blockSize, layout.blockSize])],
    terms: (x) => [blockBias(at(x, 0))],
  },
  distanceBias: { learned: (text) => [text.numbers('distances', [heads, 60])], terms: (x) => [distanceBias(at(x, 0), { center: 50 })] },
  cellBias: { learned: (text) => [text.numbers('cells', [heads, 16, 16])], terms: (x) => [cellBias(at(x, 0))] },
  alibi: { learned: slopes, terms: (x) => [slopeTerm(x)] },
  'alibi, softCap': { learned: slopes, terms: (x) => [slopeTerm(x), softCap(3)] },
  relativePositions: {
    learned: (text) => [text.numbers('r', [heads, 90, headDim]), text.numbers('u', [heads, headDim]), text.numbers('v', [heads, headDim])],
    terms: (x) => [relativePositions({ r: at(x, 0), u: at(x, 1), v: at(x, 2) })],
  },
  keyLengths: { learned: () => [], terms: () => [keyLengths(tensor([n, 131], [2], 'int32'))] },
  spanRamp: { learned: () => [tensor([3.5, 20.25, 41.75, 66.5])], terms: (x) => [spanRamp({ span: at(x, 0), ramp: 16 })] },
  attentionDropout: { learned: () => [], terms: (_, { key }) => [attentionDropout({ key, rate: 0.2 })] },
  'originalPositions, alibi': {
    learned: slopes,
    terms: (x, { key }) => {
      const positions = tensor(randomPermutation(key, n), [1, 1, n], 'int32');
      return [originalPositions({ query: positions, key: positions, causal: true, selfScore: -5e4 }), slopeTerm(x)];
    },
  },
};

/** Every score term of the kernels, over a causal window, with the gradients of what it learns. */
export const scoreMechanisms: readonly Mechanism[] = Object.entries(cases).map(([name, { learned, terms }]) => ({
  name: `score: ${name}`,
  against: 'denseAttention',
  prepare: (text) => ({
    inputs: [text.heads('q', {}), text.heads('k', {}), text.heads('v', {}), ...learned(text)],
    ours(q, k, v, ...rest) {
      const { out, logSumExp } = sparseAttention(q as Tensor, k as Tensor, v as Tensor, { layout, score: terms(rest, text) });
      return [out, logSumExp];
    },
    reference(q, k, v, ...rest) {
      const { out, logSumExp } = denseAttention(q as Tensor, k as Tensor, v as Tensor, { layout, score: terms(rest, text) });
      return [out, logSumExp];
    },
  }),
}));
