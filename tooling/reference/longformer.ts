import { add, type Tensor } from '@tensorflow/tfjs-core';
import { visiblePairs } from './attention/pairs.ts';
import { multiHeadAttention } from './layer/multi-head-attention.ts';
import type { Weights } from './layer/weights.ts';

// Longformer (Beltagy et al. 2020, "Longformer: The Long-Document Transformer", arXiv:2004.05150), §3.1, in the names of Hugging Face.

export interface LongformerSizes {
  readonly heads: number;
  readonly window: { readonly left: number; readonly right: number };
  /** For each batch row: 0 padding, 1 a local token, 2 a global one. */
  readonly marks: readonly ArrayLike<number>[];
}

/** A local token attends to its window and the global tokens, by one set of projections; a global token attends to all, by another. */
export function longformerAttention(weights: Weights, hidden: Tensor, { heads, window, marks }: LongformerSizes): Tensor {
  const [batch = 0, length = 0] = hidden.shape;
  const sizes = { batch, queries: length, keys: length };
  const local = visiblePairs(sizes, ({ batch: row, query, key }) => {
    const [own, other] = [marks[row]?.[query], marks[row]?.[key]];
    const isNear = key >= query - window.left && key <= query + window.right;
    return own === 1 && (other === 2 || (other === 1 && isNear));
  });
  const global = visiblePairs(sizes, ({ batch: row, query, key }) => marks[row]?.[query] === 2 && marks[row]?.[key] !== 0);
  // Each token is a query of one of the two, and nothing in the other.
  return add(
    multiHeadAttention(weights, { queries: hidden, heads }, { counts: local }),
    multiHeadAttention(weights, { queries: hidden, heads, name: (part) => `${part}_global` }, { counts: global }),
  );
}
