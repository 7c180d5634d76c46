import { routingAttention } from '@longspan/attention-sparse';
import {
  applyRotary,
  defineLayer,
  dropout,
  feedForward,
  type Layer,
  type LayerContext,
  layerNorm,
  linear,
  mergeHeads,
  type Padding,
  type RotaryTables,
  type StatefulResult,
  splitHeads,
} from '@longspan/core-tensor';
import { rowsOfHeads } from '@longspan/core-tensor/kernel';
import { fanInDraw, requireContext, weightSpec } from '@longspan/core-tensor/layer';
import type { Tensor } from '@tensorflow/tfjs-core';
import { clustersOf, type RoutingTransformerConfig } from './config.ts';

export interface RoutingLayerContext extends LayerContext {
  readonly padding?: Padding | undefined;
  /** Provided by the model. */
  readonly rotary?: RotaryTables | undefined;
}

/** The tokens of each cluster, the most similar first: int32 [b, heads, clusters, windowSize]. */
export interface RoutingMembers {
  readonly queries: Tensor;
  readonly keys: Tensor;
}

export interface RoutingLayerOutput extends StatefulResult {
  readonly auxiliaryLoss: Tensor;
  readonly members: RoutingMembers;
}

const kmeans = 'fn.global_attn.kmeans.means';

/**
 * Norm, projections, attention inside clusters. The centroids are state; where there is none, the parameter that a checkpoint has them in.
 * @shape x [b, n, dim] -> hidden, the same; state.centroids [heads, clusters, headDim]
 */
export function routingBranch(config: RoutingTransformerConfig): Layer<RoutingLayerContext, RoutingLayerOutput> {
  const { dim, heads, dimHead: headDim = dim / heads, causal, sharedQk = causal, numMemKv, windowSize: clusterSize } = config;
  const project = (inFeatures: number, outFeatures: number) => linear({ inFeatures, outFeatures, bias: false, draw: fanInDraw });
  const memory = weightSpec([heads, clustersOf(config), numMemKv, headDim], { kind: 'normal', standardDeviation: 0.02 });
  const parts: Readonly<Record<string, Layer>> = {
    norm: layerNorm({ width: dim }),
    'fn.to_q': project(dim, heads * headDim),
    ...(sharedQk ? {} : { 'fn.to_k': project(dim, heads * headDim) }),
    'fn.to_v': project(dim, heads * headDim),
    'fn.to_out': project(heads * headDim, dim),
    dropout: dropout({ rate: config.attnLayerDropout }),
  };
  return defineLayer<RoutingLayerContext, RoutingLayerOutput, typeof parts>({
    name: 'routingBranch',
    spec: {
      // Moved by k-means, not by an optimiser: they are unit vectors, which weight decay would shorten.
      [kmeans]: { shape: [heads, clustersOf(config), headDim], draw: { kind: 'normal', standardDeviation: 1 }, decay: false },
      ...(numMemKv === 0 ? {} : { 'fn.global_attn.mem_key': memory, 'fn.global_attn.mem_value': memory }),
    },
    parts,
    reads: ['padding', 'rotary'],
    states: ['centroids'],
    attentions: [''],
    run({ caller, parameters, parts, state, asked, tell }, x, { padding, rotary, training }) {
      const part = (name: string) => parts[name] as (typeof parts)[string] & ((x: Tensor) => Tensor);
      const tables = requireContext(caller, 'rotary', rotary, 'tables of the positions');
      const normed = part('norm')(x);
      const turned = (name: string): Tensor => applyRotary(splitHeads(part(name)(normed), heads), tables);
      const q = turned('fn.to_q');
      const { out, auxiliaryLoss, centroids, members, rows } = routingAttention(q, sharedQk ? q : turned('fn.to_k'), turned('fn.to_v'), {
        centroids: (state.find('centroids') as Tensor | undefined) ?? parameters.get(kmeans),
        clusterSize,
        causal,
        sharedQueryKey: sharedQk,
        ...(numMemKv === 0
          ? {}
          : { memory: { keys: parameters.get('fn.global_attn.mem_key'), values: parameters.get('fn.global_attn.mem_value') } }),
        padding,
        commitment: config.commitmentFactor,
        training: training === true,
        decay: config.kmeansEmaDecay,
        rowsOf: asked?.queries,
      });
      if (rows !== undefined) tell(asked?.heads === undefined ? rows : rowsOfHeads(caller, rows, asked.heads));
      const projected = part('fn.to_out')(mergeHeads(out));
      const hidden = config.attnLayerDropout === 0 ? projected : part('dropout')(projected);
      return { hidden, auxiliaryLoss, members, state: { centroids } };
    },
  }) as object as Layer<RoutingLayerContext, RoutingLayerOutput>;
}

/** Norm and a feed-forward layer, always 4 · dim wide. */
export function routingFeedForward({ dim, ffDropout }: RoutingTransformerConfig): Layer {
  const feed = feedForward({ width: dim, activation: 'gelu', names: { inner: 'fn.fn.w1', outer: 'fn.fn.w2' }, draw: fanInDraw });
  return defineLayer({
    name: 'routingFeedForward',
    spec: feed.spec,
    parts: { norm: layerNorm({ width: dim }), dropout: dropout({ rate: ffDropout }) },
    run({ parts, parameters, state }, x) {
      const fed = feed.run({ parameters, state }, parts.norm(x), {});
      return ffDropout === 0 ? fed : parts.dropout(fed);
    },
  });
}
