import { mergeHeads, sparseAttention, splitHeads } from '@longspan/attention-sparse';
import { everything, keysAt, type Mask } from '@longspan/attention-sparse/mask';
import { applyFeedForward, applyLayerNorm, applyLinear, type Parameters, parameter, scoped } from '@longspan/core-tensor';
import type { Span } from '@longspan/core-tensor/layout';
import { add, concat, type Tensor } from '@tensorflow/tfjs-core';
import { type Intervals, intervalMask } from '../groups/interval-mask.ts';
import { linearSpec, normSpec, type ParameterSpec } from '../layer/parameter-spec.ts';
import { chunkLength, runPart } from '../layer/recomputed-part.ts';
import { rangesOf } from './ranges.ts';
import { extendedKeys, extendedQueries, scoreParameters } from './scores.ts';
import type { FunnelSequence } from './sequence.ts';

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

const caller = 'funnelLayer';

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

/**
 * A layer of Funnel, post-norm: pooled queries may ask unpooled keys. Parameters are those of the spec, checked before.
 * @param recompute whether the backward pass runs the layer a second time instead of keeping what it made
 */
export function funnelLayer(
  parameters: Parameters,
  queries: FunnelVectors,
  keys: FunnelVectors,
  sizes: FunnelSizes,
  recompute: boolean,
): Tensor {
  const inputs = queries.hidden === keys.hidden ? [queries.hidden] : [queries.hidden, keys.hidden];
  const attended = runPart(recompute, scoped(parameters, 'attention'), inputs, (given, [hidden, others = hidden]) =>
    attend(given, { ...queries, hidden: hidden as Tensor }, { ...keys, hidden: others as Tensor }, sizes, recompute),
  );
  return runPart(recompute, scoped(parameters, 'ffn'), [attended], (given, [x]) => withFeedForward(given, x, sizes, recompute));
}

const own = (parameters: Parameters, name: string): Tensor => parameter(parameters, name, caller);

const dense = (parameters: Parameters, name: string, x: Tensor): Tensor =>
  applyLinear(x, own(parameters, `${name}.weight`), own(parameters, `${name}.bias`));

const norm = (parameters: Parameters, name: string, x: Tensor, { epsilon }: FunnelSizes): Tensor =>
  applyLayerNorm(x, own(parameters, `${name}.weight`), own(parameters, `${name}.bias`), epsilon);

function attend(parameters: Parameters, queries: FunnelVectors, keys: FunnelVectors, sizes: FunnelSizes, recompute: boolean): Tensor {
  const q = splitHeads(applyLinear(queries.hidden, own(parameters, 'q_head.weight')), sizes.heads);
  const [k, v] = ['k_head', 'v_head'].map((each) => splitHeads(dense(parameters, each, keys.hidden), sizes.heads)) as [Tensor, Tensor];
  const nq = queries.sequence.positions.length;
  const rows = recompute ? chunkLength : nq;
  // Extended queries and keys are several times as large as all else: where memory counts, a run of queries at a time has them.
  const runs = Array.from({ length: Math.ceil(nq / rows) }, (_, nth): Span => ({ start: nth * rows, end: Math.min(nq, (nth + 1) * rows) }));
  const seen = runs.map((run) => seenBy(run, queries.sequence, keys.sequence, sizes.window));
  const [qs, ks, vs] = [rangesOf(q, runs), rangesOf(k, seen), rangesOf(v, seen)];
  const heard = runs.map((asking, nth) => {
    const asked = seen[nth] as Span;
    const inputs = [qs[nth] as Tensor, ks[nth] as Tensor, vs[nth] as Tensor] as const;
    const extended = (sequence: FunnelSequence, range: Span) => ({
      sequence: partOf(sequence, range),
      width: sizes.width,
      firstIsCls: sizes.separateCls && range.start === 0,
    });
    return runPart(recompute, scoreParameters(parameters), inputs, (given, [q, k, v]) => {
      const [one, other] = [extended(queries.sequence, asking), extended(keys.sequence, asked)];
      const options = { mask: visible(one.sequence, other.sequence, sizes.window), scale: 1 / Math.sqrt(sizes.headDim), queryOffset: 0 };
      return sparseAttention(extendedQueries(given, q, one), extendedKeys(k, other), v, options).out;
    });
  });
  const out = heard.length === 1 ? (heard[0] as Tensor) : concat(heard, 2);
  return norm(parameters, 'layer_norm', add(queries.hidden, dense(parameters, 'post_proj', mergeHeads(out))), sizes);
}

const partOf = ({ positions, types, mask }: FunnelSequence, { start, end }: Span): FunnelSequence => ({
  positions: positions.slice(start, end),
  types: types.map((row) => Array.from(row).slice(start, end)),
  mask: mask.map((row) => Array.from(row).slice(start, end)),
});

/** The keys that some of these queries may see; at least one, as attention over none has no shape. */
function seenBy(asking: Span, queries: FunnelSequence, keys: FunnelSequence, window: number | undefined): Span {
  const count = keys.positions.length;
  if (window === undefined) return { start: 0, end: count };
  const { first, end } = withinWindow(queries.positions, keys.positions, window);
  const start = Math.min(first(asking.start), count - 1);
  return { start, end: Math.max(start + 1, end(asking.end - 1)) };
}

function withFeedForward(parameters: Parameters, x: Tensor, sizes: FunnelSizes, recompute: boolean): Tensor {
  const weights = {
    innerWeight: own(parameters, 'linear_1.weight'),
    innerBias: own(parameters, 'linear_1.bias'),
    outerWeight: own(parameters, 'linear_2.weight'),
    outerBias: own(parameters, 'linear_2.bias'),
  };
  const options = { activation: 'geluTanh', ...(recompute ? { chunkLength } : {}) } as const;
  return norm(parameters, 'layer_norm', add(x, applyFeedForward(x, weights, options)), sizes);
}

/** All keys that are no padding, at most `window` tokens away from the query. */
function visible(queries: FunnelSequence, keys: FunnelSequence, window: number | undefined): Mask {
  const near =
    window === undefined
      ? everything()
      : intervalMask(`keys within ${window} tokens`, [
          { keys: keys.positions.length, intervals: withinWindow(queries.positions, keys.positions, window) },
        ]);
  const hidden = keys.mask.map((row) => Array.from(row).flatMap((mark, at) => (mark === 0 ? [at] : [])));
  if (hidden.every((row) => row.length === 0)) return near;
  const alike = hidden.every((row) => row.join() === hidden[0]?.join());
  return near.and(keysAt(alike ? (hidden[0] as number[]) : hidden).not());
}

/** Queries and keys both rise evenly, so the keys of a query are an interval. */
function withinWindow(queries: readonly number[], keys: readonly number[], window: number): Intervals {
  const [start, step] = [keys[0] as number, keys.length > 1 ? (keys[1] as number) - (keys[0] as number) : 1];
  const at = (query: number): number => (queries[query] as number) - start;
  return {
    queries: queries.length,
    first: (query) => Math.max(0, Math.ceil((at(query) - window) / step)),
    end: (query) => Math.min(keys.length, Math.floor((at(query) + window) / step) + 1),
  };
}
