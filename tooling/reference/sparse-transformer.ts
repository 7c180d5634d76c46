import type { Tensor } from '@tensorflow/tfjs-core';
import { visiblePairs } from './attention/pairs.ts';
import { project } from './layer/linear.ts';
import { multiHeadAttention } from './layer/multi-head-attention.ts';
import type { Weights } from './layer/weights.ts';

// The Sparse Transformer (Child et al. 2019, "Generating Long Sequences with Sparse Transformers", arXiv:1904.10509), §4.2 and §4.3.

export type SparseTransformerPattern =
  | { readonly kind: 'strided'; readonly stride: number }
  | { readonly kind: 'fixed'; readonly stride: number; readonly summary: number };

/** The first of the two attentions of a pattern: the last tokens, or those of the query's own stretch. */
export const isNear = ({ kind, stride }: SparseTransformerPattern, query: number, key: number): boolean =>
  key <= query && (kind === 'strided' ? query - key <= stride : Math.floor(query / stride) === Math.floor(key / stride));

/** The second: each token a multiple of the stride away, or the last tokens of every stretch. */
export const isFar = (pattern: SparseTransformerPattern, query: number, key: number): boolean => {
  if (key > query) return false;
  const { stride } = pattern;
  return pattern.kind === 'strided' ? (query - key) % stride === 0 : key % stride >= stride - pattern.summary;
};

/** Which of the two a head computes: both in one, one by its parity, or the same one in all heads. */
export type SparseTransformerParts = 'merged' | 'perHead' | 'near' | 'far';

const isVisible = (pattern: SparseTransformerPattern, parts: SparseTransformerParts, head: number, query: number, key: number): boolean => {
  const [near, far] = [isNear(pattern, query, key), isFar(pattern, query, key)];
  if (parts === 'merged') return near || far;
  if (parts === 'perHead') return head % 2 === 0 ? near : far;
  return parts === 'near' ? near : far;
};

export interface SparseTransformerSizes {
  readonly heads: number;
  readonly pattern: SparseTransformerPattern;
  /** `merged` by default. */
  readonly parts?: SparseTransformerParts | undefined;
  /** For each batch row: 1 for a key that may be seen, else 0; all may be by default. */
  readonly marks?: readonly ArrayLike<number>[] | undefined;
}

/** The attention layer, with a layer for its output. */
export function sparseTransformerAttention(
  weights: Weights,
  hidden: Tensor,
  { heads, pattern, parts = 'merged', marks }: SparseTransformerSizes,
): Tensor {
  const [batch = 0, length = 0] = hidden.shape;
  const counts = visiblePairs(
    { batch, heads, queries: length, keys: length },
    ({ batch: row, head, query, key }) => isVisible(pattern, parts, head, query, key) && (marks?.[row]?.[key] ?? 1) === 1,
  );
  return project(weights, 'output', multiHeadAttention(weights, { queries: hidden, heads }, { counts }));
}
