import { add, matMul, mul, reshape, type Tensor } from '@tensorflow/tfjs-core';
import { inHeads, joinedHeads } from './attention/heads.ts';
import { visiblePairs } from './attention/pairs.ts';
import { relativeScores, sinusoids } from './attention/relative-scores.ts';
import { softmaxAttention } from './attention/softmax-attention.ts';
import { geluTanh } from './layer/gelu.ts';
import { normed } from './layer/layer-norm.ts';
import { project } from './layer/linear.ts';
import { type Weights, weightOf } from './layer/weights.ts';
import { upTo } from './numbers/numbers.ts';
import { mixed, table } from './numbers/table.ts';

// Funnel-Transformer (Dai et al. 2020, "Filtering out Sequential Redundancy for Efficient Language Processing", arXiv:2006.03236), §2
// and appendix A, in the names of Hugging Face.

/** What attention must know of the vectors of a sequence besides their numbers. */
export interface FunnelPlaces {
  /** Where each vector stands, tokens. */
  readonly positions: readonly number[];
  /** The segment of each vector; 2 is <cls>, of the same segment as all. */
  readonly types: readonly number[];
  /** 1 for a vector that may be seen, 0 for padding; all may be by default. */
  readonly mask?: readonly number[] | undefined;
}

export interface FunnelRules {
  /** Whether vector 0 is <cls>: pooled with nothing, and scored by content alone. */
  readonly keepCls: boolean;
  /** With a separate <cls>: the last vector takes no part in pooling, so that an even length halves exactly. */
  readonly truncate: boolean;
}

/** The first vector of each pooled one: <cls> alone, where it is separate, and pairs; the last one may be alone. */
function firsts(length: number, { keepCls, truncate }: FunnelRules): { readonly starts: number[]; readonly taken: number } {
  const taken = keepCls && truncate && length > 1 ? length - 1 : length;
  const at = keepCls ? 1 : 0;
  const pairs = upTo(Math.ceil((taken - at) / 2), (pair) => at + 2 * pair);
  return { starts: keepCls ? [0, ...pairs] : pairs, taken };
}

/** The means of pairs: [b, n, width] -> [b, m, width]. */
export function funnelPooled(x: Tensor, rules: FunnelRules): Tensor {
  const length = x.shape[1] as number;
  const { starts, taken } = firsts(length, rules);
  const share = table(starts.length, length, (group, at) => {
    const [start, end] = [starts[group] as number, starts[group + 1] ?? taken];
    return at >= start && at < end ? 1 / (end - start) : 0;
  });
  return mixed(share, x);
}

/** Where the pooled vectors stand: where the first of each stood, <cls> moved back so that all are evenly spaced; padding where any is. */
export function funnelPooledPlaces({ positions, types, mask }: FunnelPlaces, rules: FunnelRules): FunnelPlaces {
  const { starts, taken } = firsts(positions.length, rules);
  const moved = starts.map((start) => positions[start] as number);
  if (rules.keepCls && starts.length > 1) moved[0] = 2 * (positions[0] as number) - (positions[1] as number);
  return {
    positions: moved,
    types: starts.map((start) => types[start] as number),
    mask: mask && starts.map((start, group) => Math.min(...mask.slice(start, starts[group + 1] ?? taken))),
  };
}

export interface FunnelSides {
  readonly queries: Tensor;
  readonly q: FunnelPlaces;
  readonly keys: Tensor;
  readonly k: FunnelPlaces;
}

/** A layer, post-norm: scores by content, by distance and by segment, the last two not for a separate <cls>. */
export function funnelLayer(weights: Weights, { queries, q, keys, k }: FunnelSides, { keepCls }: Pick<FunnelRules, 'keepCls'>): Tensor {
  const [nq, nk] = [q.positions.length, k.positions.length];
  const [heads = 0, headDim = 0] = weightOf(weights, 'attention.r_w_bias').shape;
  const asked = inHeads(project(weights, 'attention.q_head', queries), heads);
  const biased = (name: string): Tensor => add(asked, reshape(weightOf(weights, `attention.${name}`), [1, heads, 1, headDim]));
  const flat = (name: string): Tensor => {
    const each = weightOf(weights, `attention.${name}`);
    return reshape(each, [each.shape[0] as number, heads * headDim]);
  };
  const distance = (query: number, key: number): number => (q.positions[query] as number) - (k.positions[key] as number);
  const farthest = Math.max(...upTo(nq * nk, (pair) => Math.abs(distance(Math.floor(pair / nk), pair % nk))));
  const rows = sinusoids(
    upTo(2 * farthest + 1, (row) => row - farthest),
    queries.shape[2] as number,
  );
  const byDistance = relativeScores(
    biased('r_r_bias'),
    matMul(rows, flat('r_kernel')),
    nk,
    (query, key) => distance(query, key) + farthest,
  );
  const bySegment = relativeScores(biased('r_s_bias'), flat('seg_embed'), nk, (query, key) => {
    const [one, other] = [q.types[query], k.types[key]];
    return Number(one === other || one === 2 || other === 2);
  });
  const counted = visiblePairs({ queries: nq, keys: nk }, ({ query, key }) => !keepCls || (query > 0 && key > 0));
  const { out } = softmaxAttention(
    biased('r_w_bias'),
    inHeads(project(weights, 'attention.k_head', keys), heads),
    inHeads(project(weights, 'attention.v_head', keys), heads),
    {
      counts: visiblePairs({ queries: nq, keys: nk }, ({ key }) => (k.mask?.[key] ?? 1) === 1),
      scores: mul(mul(add(byDistance, bySegment), counted), 1 / Math.sqrt(headDim)),
    },
  );
  const attended = project(weights, 'attention.post_proj', joinedHeads(out));
  const between = normed(weights, 'attention.layer_norm', add(queries, attended), 1e-9);
  const fed = project(weights, 'ffn.linear_2', geluTanh(project(weights, 'ffn.linear_1', between)));
  return normed(weights, 'ffn.layer_norm', add(between, fed), 1e-9);
}
