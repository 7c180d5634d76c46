import { defineLayer, type Layer } from '@longspan/core-tensor';
import { inNameOf, requireKnown } from '@longspan/core-tensor/error';
import type { Tensor } from '@tensorflow/tfjs-core';
import { requireLayers } from '../layers/require-layers.ts';
import type { FunnelLayerContext } from './attention.ts';
import { type FunnelConfig, type FunnelContext, type FunnelOutput, funnelNames, sizesOf } from './config.ts';
import { funnelLayer } from './layer.ts';
import { checkFunnel, tokenSequence } from './sequence.ts';

export interface FunnelDecoderConfig extends FunnelConfig {
  readonly layers: number;
}

const caller = 'funnelDecoder';

/**
 * Funnel's decoder: layers over all tokens, for models that need a vector for each. Its input is the last block's output, upsampled by
 * `funnelUpsampling`, plus that of the first block. Parameters `layers.N.…`, as in Hugging Face.
 * @shape x [b, n, width] -> { hidden, states }, one state for each layer
 * @throws ConfigError as funnelEncoder
 * @cost as the encoder's first block
 * @source Dai et al. 2020 (arXiv 2006.03236) §2.3; FunnelDecoder of Hugging Face transformers 4.57
 * @example
 * const decoder = funnelDecoder({ width: 4, heads: 2, layers: 1 });
 * decoder.apply(decoder.init(createKey(0)), ones([1, 8, 4])).hidden.shape; // => [1, 8, 4]
 */
export function funnelDecoder(config: FunnelDecoderConfig): Layer<FunnelContext, FunnelOutput> {
  requireKnown(caller, config, { ...funnelNames, layers: true });
  const { layers } = config;
  const sizes = sizesOf(caller, config);
  requireLayers(caller, { layers }, 1);
  const numbered: Readonly<Record<string, Layer<FunnelLayerContext>>> = inNameOf(caller, () =>
    Object.fromEntries(Array.from({ length: layers }, (_, at) => [`layers.${at}`, funnelLayer(sizes)])),
  );
  return defineLayer({
    name: caller,
    parts: numbered,
    reads: ['padding', 'tokenTypes'],
    provides: ['sequence', 'keys'],
    check: (caller, x, context) => checkFunnel(caller, sizes.width, x, context),
    run({ parts }, x, context: FunnelContext) {
      const sequence = tokenSequence(x, context);
      const states: Tensor[] = [];
      for (const part of Object.values(parts)) states.push(part(states.at(-1) ?? x, { sequence }));
      return { hidden: states.at(-1) as Tensor, states };
    },
  });
}
