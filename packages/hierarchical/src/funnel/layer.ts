import { chain, defineLayer, dropout, feedForward, type Layer, layerNorm } from '@longspan/core-tensor';
import { fanInDraw } from '@longspan/core-tensor/layer';
import { add } from '@tensorflow/tfjs-core';
import { type FunnelLayerContext, funnelAttention } from './attention.ts';
import type { FunnelSizes } from './config.ts';

/** A layer of Funnel, post-norm: `attention`, whose keys may be other vectors than the queries, and `ffn`. */
export const funnelLayer = (sizes: FunnelSizes): Layer<FunnelLayerContext> =>
  chain({ attention: sizes.wrapLayer(funnelAttention(sizes)), ffn: sizes.wrapLayer(funnelFeedForward(sizes)) });

/** norm(x + feed-forward): `linear_1`, `linear_2`, `layer_norm`. */
function funnelFeedForward({ width, innerWidth, activation, hiddenDropout, epsilon, chunkLength }: FunnelSizes): Layer {
  const names = { inner: 'linear_1', outer: 'linear_2' };
  // Its two maps stand beside the norm, not below a name of their own.
  const feed = feedForward({ width, innerWidth, activation, names, draw: fanInDraw, chunkLength });
  return defineLayer({
    name: 'funnelFeedForward',
    spec: feed.spec,
    parts: { layer_norm: layerNorm({ width, epsilon }), dropout: dropout({ rate: hiddenDropout }) },
    run: ({ parts, ...own }, x, context) => parts.layer_norm(add(x, parts.dropout(feed.run(own, x, context)))),
  });
}
