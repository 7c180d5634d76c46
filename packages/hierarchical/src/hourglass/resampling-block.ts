import { defineLayer, dropout, type Layer, type LayerOutput, layerNorm } from '@longspan/core-tensor';
import { add } from '@tensorflow/tfjs-core';
import type { BetweenLevelsContext } from './attention-between-levels.ts';
import type { HourglassPlan } from './plan.ts';
import { hourglassFeedForward } from './stack.ts';

/** What follows the queries of an attention between levels: queries + attention, then + feed-forward of the norm. */
export function resamplingBlock(
  plan: HourglassPlan,
  attention: Layer<BetweenLevelsContext, LayerOutput>,
): Layer<BetweenLevelsContext, LayerOutput> {
  const drop = () => dropout({ rate: plan.hiddenDropout });
  return defineLayer({
    name: 'resamplingBlock',
    parts: {
      // Whether it has state makes no difference here.
      attention: attention as Layer<BetweenLevelsContext>,
      attentionDropout: drop(),
      ff_norm: layerNorm({ width: plan.width, epsilon: plan.epsilon }),
      feed_forward: hourglassFeedForward(plan),
      feedForwardDropout: drop(),
    },
    run({ parts }, queries) {
      const drops = plan.hiddenDropout > 0; // a layer that drops nothing would copy
      const found = parts.attention(queries);
      const attended = add(queries, drops ? parts.attentionDropout(found) : found);
      const fed = parts.feed_forward(parts.ff_norm(attended));
      return add(attended, drops ? parts.feedForwardDropout(fed) : fed);
    },
  });
}
