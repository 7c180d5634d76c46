import type { Tensor } from '@tensorflow/tfjs-core';
import { inHeads, joinedHeads } from '../attention/heads.ts';
import { type SoftmaxAttentionOptions, softmaxAttention } from '../attention/softmax-attention.ts';
import { project } from './linear.ts';
import type { Weights } from './weights.ts';

export interface MultiHeadInputs {
  readonly queries: Tensor;
  /** What keys and values are projected from; the queries by default. */
  readonly keys?: Tensor | undefined;
  readonly heads: number;
  /** What the three layers are called; `query`, `key` and `value` by default. */
  readonly name?: ((part: 'query' | 'key' | 'value') => string) | undefined;
}

/** Attention by three layers, its heads joined again, without a layer for its output (Vaswani et al. 2017, arXiv:1706.03762, §3.2.2). @shape [b, nq, width] */
export function multiHeadAttention(
  weights: Weights,
  { queries, keys = queries, heads, name = (part) => part }: MultiHeadInputs,
  options: SoftmaxAttentionOptions,
): Tensor {
  const part = (which: 'query' | 'key' | 'value', x: Tensor): Tensor => inHeads(project(weights, name(which), x), heads);
  return joinedHeads(softmaxAttention(part('query', queries), part('key', keys), part('value', keys), options).out);
}
