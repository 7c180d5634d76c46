import { defineLayer, type Layer, type StatefulResult, sinusoidalPositions } from '@longspan/core-tensor';
import { type AdaptiveTargets, adaptiveEmbedding, adaptiveSoftmax, segmentRecurrence } from '@longspan/memory-xl';
import { add, type Tensor, zeros } from '@tensorflow/tfjs-core';
import type { Variant, XlSize } from './xl-input.ts';

/** Every byte is a token. */
const vocabulary = 256;

/**
 * A Transformer-XL over bytes, or the same layers with absolute positions: those are added to the embedding, counted from the beginning
 * of each segment, and distances count for nothing. That is the paper's ablation: only where positions enter differs.
 */
export function ablationModel(
  { width, heads, layers }: XlSize,
  {
    positions,
    memoryLength,
    reach,
  }: { readonly positions: Variant['positions']; readonly memoryLength: number; readonly reach?: number | undefined },
): Layer<AdaptiveTargets, StatefulResult> {
  const parts = {
    embedding: adaptiveEmbedding({ vocabulary, width }),
    recurrence: segmentRecurrence({
      layers,
      width,
      heads,
      headDim: width / heads,
      innerWidth: 4 * width,
      normalization: 'pre',
      memoryLength,
      window: reach === undefined ? undefined : { left: reach },
    }),
    softmax: adaptiveSoftmax({ vocabulary, width }),
  };
  return defineLayer({
    name: 'ablationModel',
    parts,
    run({ parts }, tokens: Tensor) {
      const embedded = parts.embedding(tokens);
      if (positions === 'relative') return parts.softmax(parts.recurrence(embedded));
      const placed = add(embedded, sinusoidalPositions(tokens.shape[1] as number, width));
      return parts.softmax(parts.recurrence(placed, { r: zeros([1, width]) }));
    },
  });
}
