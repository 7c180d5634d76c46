import type { Mask } from '@longspan/attention-sparse';
import { defineLayer, feedForward, type Layer, type LayerContext, layerNorm } from '@longspan/core-tensor';
import { fanInDraw, requireContext } from '@longspan/core-tensor/layer';
import { add, concat, type Tensor } from '@tensorflow/tfjs-core';
import { maskedAttention } from '../attention/masked-attention.ts';

export interface LevelUpdateConfig {
  readonly width: number;
  readonly heads: number;
  readonly innerWidth: number;
  readonly chunkLength: number | undefined;
}

/** Given by the layer around it. */
export interface LevelUpdateContext extends LayerContext {
  /** Vectors of two levels, which are the keys, end to end. */
  readonly sources?: readonly Tensor[] | undefined;
  readonly mask?: Mask | undefined;
}

/**
 * One update of the units of a level: x + attention of norm(x) to the norms of two levels, then + feed_forward.
 * @shape x [b, units, width] -> the same
 */
export function levelUpdate(config: LevelUpdateConfig): Layer<LevelUpdateContext> {
  const { width, heads } = config;
  return defineLayer({
    name: 'levelUpdate',
    reads: ['sources'],
    provides: ['keys'],
    parts: { norm: layerNorm({ width }), attention: maskedAttention({ width, heads }), feed_forward: normedFeedForward(config) },
    run({ caller, parts }, x, context: LevelUpdateContext) {
      const sources = requireContext(caller, 'sources', context.sources, 'the vectors of two levels');
      const keys = concat(
        sources.map((each) => parts.norm(each)),
        1,
      );
      const attended = add(x, parts.attention(parts.norm(x), { keys }));
      return add(attended, parts.feed_forward(attended));
    },
  });
}

/** outer(gelu(inner(norm(x)))) */
function normedFeedForward({ width, innerWidth, chunkLength }: LevelUpdateConfig): Layer {
  const feed = feedForward({ width, innerWidth, draw: fanInDraw, chunkLength });
  return defineLayer({
    name: 'normedFeedForward',
    spec: feed.spec,
    parts: { norm: layerNorm({ width }) },
    run: ({ parts, ...own }, x, context) => feed.run(own, parts.norm(x), context),
  });
}
