import { createKey, defineLayer, type Layer, normal, type Parameters, type StatefulResult } from '@longspan/core-tensor';
import { mul, type Tensor, tensor2d } from '@tensorflow/tfjs-core';
import {
  type AdaptiveSoftmaxConfig,
  type AdaptiveTargets,
  adaptiveEmbedding,
  adaptiveSoftmax,
  type SegmentRecurrenceContext,
  segmentRecurrence,
} from '../src/index.ts';

/** Sizes that all differ, so that a mix-up of axes shows. */
export const smallSizes = {
  vocabulary: 23,
  width: 10,
  embeddingWidth: 8,
  cutoffs: [9, 16] as readonly number[],
  widthDivisor: 2,
  layers: 2,
  heads: 3,
  headDim: 4,
  innerWidth: 14,
  memoryLength: 6,
  blockSize: 16,
};

/** The ways in which a vocabulary is cut into clusters. */
export const clusterings: readonly (readonly [string, AdaptiveSoftmaxConfig])[] = [
  ['one cluster', { vocabulary: 11, width: 6 }],
  ['one table cut in three', { vocabulary: 17, width: 6, cutoffs: [4, 11] }],
  ['one table, projected', { vocabulary: 17, width: 6, embeddingWidth: 9, cutoffs: [4, 11] }],
  ['narrower rows for rarer tokens', { vocabulary: 19, width: 6, embeddingWidth: 8, cutoffs: [3, 8, 12], widthDivisor: 2 }],
];

/** Embedding, layers and softmax in one: the losses of a segment's targets, and the memory. */
export function smallLayer(): Layer<SegmentRecurrenceContext & AdaptiveTargets, StatefulResult> {
  const { vocabulary, embeddingWidth, cutoffs, widthDivisor, ...layers } = smallSizes;
  const clusters = { vocabulary, width: smallSizes.width, embeddingWidth, cutoffs, widthDivisor };
  return defineLayer({
    name: 'smallModel',
    parts: { transformer: segmentRecurrence({ ...layers, embedding: adaptiveEmbedding(clusters) }), crit: adaptiveSoftmax(clusters) },
    run: ({ parts }, x): StatefulResult => ({ hidden: parts.crit(parts.transformer(x)), state: {} }),
  });
}

/** That model with parameters livelier than those of init, under which attention is nearly even. */
export function smallModel(): { model: ReturnType<typeof smallLayer>; parameters: Parameters } {
  const model = smallLayer();
  const drawn = model.init(createKey('small model'));
  const parameters = Object.fromEntries(
    Object.entries(drawn).map(([name, each]) => [name, name.includes('layer_norm') ? each : mul(each, name.includes('proj') ? 40 : 15)]),
  );
  for (const [name, each] of Object.entries(drawn)) if (!name.includes('layer_norm')) each.dispose();
  return { model, parameters };
}

/** Tokens [rows, count] that repeat on every run. */
export function someTokens(rows: number, count: number, vocabulary: number = smallSizes.vocabulary): number[][] {
  let state = 12345;
  return Array.from({ length: rows }, () =>
    Array.from({ length: count }, () => {
      state = (state * 1103515245 + 12345) % 2 ** 31;
      return Math.floor(state / 2 ** 12) % vocabulary;
    }),
  );
}

export const ids = (rows: readonly (readonly number[])[]): Tensor =>
  tensor2d(
    rows.map((row) => [...row]),
    [rows.length, rows[0]?.length ?? 0],
    'int32',
  );

export const hiddenOf = (name: string, shape: readonly number[]): Tensor => normal(createKey(name), shape);
