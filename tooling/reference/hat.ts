import { add, mul, reshape, slice, type Tensor } from '@tensorflow/tfjs-core';
import { visiblePairs, visibleTokens } from './attention/pairs.ts';
import { gelu } from './layer/gelu.ts';
import { normed } from './layer/layer-norm.ts';
import { project } from './layer/linear.ts';
import { multiHeadAttention } from './layer/multi-head-attention.ts';
import { below, type Weights, weightOf } from './layer/weights.ts';
import { mixed, table } from './numbers/table.ts';

// Hierarchical Attention Transformers (Chalkidis et al. 2022, "An Exploration of Hierarchical Attention Transformers for Efficient Long
// Document Classification", arXiv:2210.05529), §3, in the names of its checkpoints.

/** A post-norm encoder layer of RoBERTa (Liu et al. 2019, arXiv:1907.11692), dense. */
export function robertaLayer(weights: Weights, x: Tensor, { heads, counts }: { readonly heads: number; readonly counts: Tensor }): Tensor {
  const heard = multiHeadAttention(weights, { queries: x, heads, name: (part) => `attention.self.${part}` }, { counts });
  const between = normed(weights, 'attention.output.LayerNorm', add(x, project(weights, 'attention.output.dense', heard)), 1e-12);
  const inner = gelu(project(weights, 'intermediate.dense', between));
  return normed(weights, 'output.LayerNorm', add(between, project(weights, 'output.dense', inner)), 1e-12);
}

export interface HatSizes {
  readonly heads: number;
  readonly segmentLength: number;
  /** For each batch row: 1 for a token, 0 for padding. Every segment has a token. */
  readonly marks: readonly ArrayLike<number>[];
}

/** Each segment on its own, then the first tokens of all segments, with a position each, among themselves. */
export function hatLayer(weights: Weights, hidden: Tensor, { heads, segmentLength, marks }: HatSizes): Tensor {
  const [batch = 0, length = 0, width = 0] = hidden.shape;
  const segments = length / segmentLength;
  const within = visiblePairs(
    { batch, queries: length, keys: length },
    ({ batch: row, query, key }) => Math.floor(query / segmentLength) === Math.floor(key / segmentLength) && marks[row]?.[key] === 1,
  );
  const firsts = table(segments, length, (segment, token) => Number(token === segment * segmentLength));
  const others = reshape(
    table(length, 1, (token) => Number(token % segmentLength !== 0)),
    [1, length, 1],
  );
  const back = table(length, segments, (token, segment) => Number(token === segment * segmentLength));
  const inner = robertaLayer(below(weights, 'sentence_encoder'), hidden, { heads, counts: within });
  const places = slice(weightOf(weights, 'position_embeddings.weight'), [1, 0], [segments, width]);
  const counts = visibleTokens(segments, () => true);
  const across = robertaLayer(below(weights, 'document_encoder'), add(mixed(firsts, inner), places), { heads, counts });
  return add(mul(inner, others), mixed(back, across));
}
