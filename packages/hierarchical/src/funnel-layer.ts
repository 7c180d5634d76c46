import { mergeHeads, sparseAttention, splitHeads } from '@longspan/attention-sparse';
import { everything, keysAt, type Mask } from '@longspan/attention-sparse/mask';
import { applyFeedForward, applyLayerNorm, applyLinear, type Parameters, parameter } from '@longspan/core-tensor';
import { add, type Tensor } from '@tensorflow/tfjs-core';
import { extendedHeads } from './funnel-scores.ts';
import type { FunnelSequence } from './funnel-sequence.ts';
import { intervalMask } from './interval-mask.ts';
import { linearSpec, normSpec, type ParameterSpec } from './parameter-spec.ts';

export interface FunnelSizes {
  /** Features of a vector (d_model); even. */
  readonly width: number;
  readonly heads: number;
  /** Features of a head. */
  readonly headDim: number;
  /** Features inside the feed-forward part. */
  readonly innerWidth: number;
  readonly epsilon: number;
  readonly separateCls: boolean;
  /** How many tokens a query sees to each side; all when undefined. */
  readonly window: number | undefined;
}

/** A sequence of vectors and what attention must know of it. */
export interface FunnelVectors {
  /** [b, n, width] */
  readonly hidden: Tensor;
  readonly sequence: FunnelSequence;
}

const door = 'funnelLayer';

/** The parameters of a layer, under the names of Hugging Face. */
export const funnelLayerSpec = ({ width, heads, headDim, innerWidth }: FunnelSizes): ParameterSpec => ({
  ...linearSpec('attention.q_head', width, heads * headDim, { bias: false }),
  ...linearSpec('attention.k_head', width, heads * headDim),
  ...linearSpec('attention.v_head', width, heads * headDim),
  'attention.r_w_bias': { shape: [heads, headDim], start: 'table' },
  'attention.r_r_bias': { shape: [heads, headDim], start: 'table' },
  'attention.r_kernel': { shape: [width, heads, headDim], start: 'table' },
  'attention.r_s_bias': { shape: [heads, headDim], start: 'table' },
  'attention.seg_embed': { shape: [2, heads, headDim], start: 'table' },
  ...linearSpec('attention.post_proj', heads * headDim, width),
  ...normSpec('attention.layer_norm', width),
  ...linearSpec('ffn.linear_1', width, innerWidth),
  ...linearSpec('ffn.linear_2', innerWidth, width),
  ...normSpec('ffn.layer_norm', width),
});

/** A layer of Funnel, post-norm: pooled queries may ask unpooled keys. Parameters are those of the spec, checked before. */
export function funnelLayer(parameters: Parameters, queries: FunnelVectors, keys: FunnelVectors, sizes: FunnelSizes): Tensor {
  const own = (name: string): Tensor => parameter(parameters, name, door);
  const dense = (name: string, x: Tensor): Tensor => applyLinear(x, own(`${name}.weight`), own(`${name}.bias`));
  const norm = (name: string, x: Tensor): Tensor => applyLayerNorm(x, own(`${name}.weight`), own(`${name}.bias`), sizes.epsilon);
  const heads = {
    q: splitHeads(applyLinear(queries.hidden, own('attention.q_head.weight')), sizes.heads),
    k: splitHeads(dense('attention.k_head', keys.hidden), sizes.heads),
  };
  const { q, k } = extendedHeads(parameters, heads, queries.sequence, keys.sequence, sizes);
  const v = splitHeads(dense('attention.v_head', keys.hidden), sizes.heads);
  const { out } = sparseAttention(q, k, v, {
    mask: visible(queries.sequence, keys.sequence, sizes.window),
    scale: 1 / Math.sqrt(sizes.headDim),
    queryOffset: 0,
  });
  const attended = norm('attention.layer_norm', add(queries.hidden, dense('attention.post_proj', mergeHeads(out))));
  const weights = {
    innerWeight: own('ffn.linear_1.weight'),
    innerBias: own('ffn.linear_1.bias'),
    outerWeight: own('ffn.linear_2.weight'),
    outerBias: own('ffn.linear_2.bias'),
  };
  return norm('ffn.layer_norm', add(attended, applyFeedForward(attended, weights, { activation: 'geluTanh' })));
}

/** All keys that are no padding, at most `window` tokens away from the query. */
function visible(queries: FunnelSequence, keys: FunnelSequence, window: number | undefined): Mask {
  const near = window === undefined ? everything() : withinWindow(queries.positions, keys.positions, window);
  const hidden = keys.mask.map((row) => Array.from(row).flatMap((mark, at) => (mark === 0 ? [at] : [])));
  if (hidden.every((row) => row.length === 0)) return near;
  const alike = hidden.every((row) => row.join() === hidden[0]?.join());
  return near.and(keysAt(alike ? (hidden[0] as number[]) : hidden).not());
}

function withinWindow(queries: readonly number[], keys: readonly number[], window: number): Mask {
  // Both rise evenly, so the keys of a query are an interval.
  const [start, step] = [keys[0] as number, keys.length > 1 ? (keys[1] as number) - (keys[0] as number) : 1];
  const at = (query: number): number => (queries[query] as number) - start;
  const intervals = {
    queries: queries.length,
    first: (query: number) => Math.max(0, Math.ceil((at(query) - window) / step)),
    end: (query: number) => Math.min(keys.length, Math.floor((at(query) + window) / step) + 1),
  };
  return intervalMask(`keys within ${window} tokens`, [{ keys: keys.length, intervals }]);
}
