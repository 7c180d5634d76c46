import {
  defineLayer,
  dropout,
  type Layer,
  type LayerContext,
  layerNorm,
  linear,
  mergeHeads,
  type ScoreTerm,
  splitHeads,
} from '@longspan/core-tensor';
import { type AttentionCall, askedAttentionRows, attentionCall, runAttention } from '@longspan/core-tensor/kernel';
import { attentionDropoutTerms, dropoutKey, fanInDraw, requireContext, transformerDraw, weightSpec } from '@longspan/core-tensor/layer';
import type { Span } from '@longspan/core-tensor/layout';
import { recompute } from '@longspan/reversible';
import { add, concat, type Tensor } from '@tensorflow/tfjs-core';
import type { FunnelSizes } from './config.ts';
import { rangesOf } from './ranges.ts';
import { extendedKeys, extendedQueries, type ScoreName, scoreNames } from './scores.ts';
import { type FunnelSequence, partOf } from './sequence.ts';
import { keysOf, visibleKeys } from './visibility.ts';

/** A sequence of vectors and what attention must know of it. */
export interface FunnelVectors {
  /** [b, n, width] */
  readonly hidden: Tensor;
  readonly sequence: FunnelSequence;
}

/** Given by the encoder or the decoder. */
export interface FunnelLayerContext extends LayerContext {
  /** That of x, the queries. */
  readonly sequence?: FunnelSequence | undefined;
  /** Keys other than x: where x was pooled and they were not. */
  readonly keys?: FunnelVectors | undefined;
}

/**
 * Funnel's attention with its residual sum and norm. Names of Hugging Face: `q_head`, `k_head`, `v_head`, `post_proj`, `layer_norm`, and
 * the parameters of the scores.
 * @shape x [b, nq, width], context.keys.hidden [b, nk, width] -> [b, nq, width]
 */
export function funnelAttention(sizes: FunnelSizes): Layer<FunnelLayerContext> {
  const { width, heads, headDim, epsilon, hiddenDropout, attentionDropout } = sizes;
  const perHead = weightSpec([heads, headDim], transformerDraw);
  const project = (bias: boolean) => linear({ inFeatures: width, outFeatures: heads * headDim, bias, draw: fanInDraw });
  return defineLayer({
    name: 'funnelAttention',
    spec: {
      r_w_bias: perHead,
      r_r_bias: perHead,
      r_kernel: weightSpec([width, heads, headDim], transformerDraw),
      r_s_bias: perHead,
      seg_embed: weightSpec([2, heads, headDim], transformerDraw),
    },
    reads: ['sequence', 'keys'],
    parts: {
      q_head: project(false),
      k_head: project(true),
      v_head: project(true),
      post_proj: linear({ inFeatures: heads * headDim, outFeatures: width, draw: fanInDraw }),
      layer_norm: layerNorm({ width, epsilon }),
      dropout: dropout({ rate: hiddenDropout }),
    },
    attentions: [''],
    checkContext: (caller, context) => void dropoutKey(caller, attentionDropout, context),
    run({ caller, parameters, parts, asked, tell }, x, context: FunnelLayerContext) {
      const sequence = requireContext(caller, 'sequence', context.sequence, 'the sequence of x');
      const keys = context.keys ?? { hidden: x, sequence };
      const projected = [parts.q_head(x), parts.k_head(keys.hidden), parts.v_head(keys.hidden)];
      const [q, k, v] = projected.map((each) => splitHeads(each, heads)) as [Tensor, Tensor, Tensor];
      const scores = Object.fromEntries(scoreNames.map((name) => [name, parameters.get(name)])) as Record<ScoreName, Tensor>;
      const dropped = (part: string) => attentionDropoutTerms(caller, attentionDropout, context, part);
      const look = asked && ((call: AttentionCall, logSumExp: Tensor) => tell(askedAttentionRows(caller, call, { logSumExp, ...asked })));
      const out = attended({ scores, q, k, v }, { queries: sequence, keys: keys.sequence, dropped, look }, sizes);
      return parts.layer_norm(add(x, parts.dropout(parts.post_proj(mergeHeads(out)))));
    },
  });
}

interface Projected {
  readonly scores: Readonly<Record<ScoreName, Tensor>>;
  readonly q: Tensor;
  readonly k: Tensor;
  readonly v: Tensor;
}

interface Sequences {
  readonly queries: FunnelSequence;
  readonly keys: FunnelSequence;
  /** The score term of attention dropout, if any, for a part of the pairs. */
  readonly dropped: (part: string) => readonly ScoreTerm[];
  /** Gives the rows of the softmax that were asked for: then all queries are there at one time. */
  readonly look: undefined | ((call: AttentionCall, logSumExp: Tensor) => void);
}

/** [b, heads, nq, headDim]. Long queries and keys are several times as large as all else: a chunk of queries at a time has them. */
function attended(projected: Projected, sequences: Sequences, sizes: FunnelSizes): Tensor {
  const { queries, keys, dropped, look } = sequences;
  const rows = look === undefined ? (sizes.chunkLength ?? queries.length) : queries.length;
  const runs = Array.from(
    { length: Math.ceil(queries.length / rows) },
    (_, nth): Span => ({ start: nth * rows, end: Math.min(queries.length, (nth + 1) * rows) }),
  );
  if (runs.length === 1) return attendedRun(projected, sequences, sizes, true);
  const visible = runs.map((run) => keysOf(run, queries, keys, sizes.window));
  const { scores } = projected;
  const [qs, ks, vs] = [rangesOf(projected.q, runs), rangesOf(projected.k, visible), rangesOf(projected.v, visible)];
  const outs = runs.map((run, nth) => {
    const keyRun = visible[nth] as Span;
    const [ownQueries, ownKeys] = [partOf(queries, run), partOf(keys, keyRun)];
    // Only what is handed to `recompute` has gradients, and is there when it runs again.
    const again = recompute((q: Tensor, k: Tensor, v: Tensor, queryTypes: Tensor, keyTypes: Tensor, ...given: Tensor[]) => {
      const parts = {
        queries: { ...ownQueries, types: queryTypes },
        keys: { ...ownKeys, types: keyTypes },
        dropped: () => dropped(`attention ${run.start}`),
        look: undefined,
      };
      const own = Object.fromEntries(scoreNames.map((name, at) => [name, given[at]])) as Record<ScoreName, Tensor>;
      return attendedRun({ scores: own, q, k, v }, parts, sizes, run.start === 0, keyRun.start === 0);
    });
    const types = [ownQueries.types, ownKeys.types] as const;
    return again(qs[nth] as Tensor, ks[nth] as Tensor, vs[nth] as Tensor, ...types, ...scoreNames.map((name) => scores[name]));
  });
  return concat(outs, 2);
}

/** @param fromFirstQuery, fromFirstKey whether the run begins with vector 0, which may be <cls> */
function attendedRun(
  { scores, q, k, v }: Projected,
  { queries, keys, dropped, look }: Sequences,
  { width, headDim, keepCls, window }: FunnelSizes,
  fromFirstQuery: boolean,
  fromFirstKey = fromFirstQuery,
): Tensor {
  const long = extendedQueries(scores, q, { sequence: queries, width, firstIsCls: keepCls && fromFirstQuery });
  const longKeys = extendedKeys(k, { sequence: keys, width, firstIsCls: keepCls && fromFirstKey });
  const mask = visibleKeys(queries, keys, window);
  const options = { mask, score: dropped('attention'), scale: 1 / Math.sqrt(headDim), queryOffset: 0 };
  const call = attentionCall('funnelAttention', long, longKeys, v, options);
  const { out, logSumExp } = runAttention(call);
  look?.(call, logSumExp);
  return out;
}
