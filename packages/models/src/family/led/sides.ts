import { type LongformerContext, longformerAttention } from '@longspan/attention-sparse';
import { embedding, type Layer, type LayerContext } from '@longspan/core-tensor';
import { ConfigError } from '@longspan/core-tensor/error';
import { stateCount } from '@longspan/core-tensor/layer';
import { attentionWindows } from '../../config/attention-windows.ts';
import { activations } from '../../config/kinds.ts';
import { encoderLayer } from '../../encoder/encoder-layer.ts';
import type { ModelOptions } from '../../pretrained/family.ts';
import type { LedConfig } from './config.ts';
import { type DecoderContext, decoderLayer } from './decoder-layer.ts';
import { type StackContext, type StackOutput, stack } from './stack.ts';

const encoderNames = {
  attention: 'self_attn.longformer_self_attn',
  attentionOutput: 'self_attn.output',
  attentionNorm: 'self_attn_layer_norm',
  inner: 'fc1',
  outer: 'fc2',
  norm: 'final_layer_norm',
} as const;

/** The table of words, which both sides and the logits share. */
export const ledWords = (config: LedConfig): Layer =>
  embedding({ vocabulary: config.vocabSize, width: config.dModel, paddingIndex: config.padTokenId, standardDeviation: config.initStd });

/**
 * LED's encoder, over embedded words: post-norm layers with Longformer's attention.
 * @param name whom errors name
 * @shape words [b, n, dModel] -> hidden [b, n, dModel]
 */
export function ledEncoder(name: string, config: LedConfig, options: ModelOptions): Layer<LongformerContext & StackContext, StackOutput> {
  const { wrapLayer = (layer) => layer, blockSize } = options;
  const { dModel: width, dropout: hiddenDropout, initStd: standardDeviation } = config;
  const windows = attentionWindows(name, config.attentionWindow, config.encoderLayers);
  return stack<LongformerContext>({
    name,
    width,
    positions: config.maxEncoderPositionEmbeddings,
    hiddenDropout,
    standardDeviation,
    layers: windows.map((window) =>
      wrapLayer(
        encoderLayer({
          name,
          width,
          innerWidth: config.encoderFfnDim,
          activation: activations[config.activationFunction],
          attention: longformerAttention({
            width,
            heads: config.encoderAttentionHeads,
            window: { left: window / 2, right: window / 2 },
            attentionDropout: config.attentionDropout,
            blockSize,
          }),
          names: encoderNames,
          epsilon: 1e-5,
          hiddenDropout,
          standardDeviation,
          chunkLength: undefined,
        }),
      ),
    ) as readonly Layer<never>[],
  });
}

/**
 * LED's decoder, over embedded words: causal post-norm layers that attend to the encoder's states.
 * @param name whom errors name
 * @param options.cache whether keys and values are state, so that a call goes on where the last one ended
 * @shape words [b, n, dModel] -> hidden [b, n, dModel]; context.encoder.hidden [b, nk, dModel]
 */
export function ledDecoder(
  name: string,
  config: LedConfig,
  { cache, ...options }: ModelOptions & { readonly cache: boolean },
): Layer<DecoderContext & StackContext, StackOutput> {
  const { wrapLayer = (layer) => layer, blockSize } = options;
  const { dModel: width, dropout: hiddenDropout, initStd: standardDeviation } = config;
  const layer = () =>
    decoderLayer({
      name,
      width,
      heads: config.decoderAttentionHeads,
      innerWidth: config.decoderFfnDim,
      activation: activations[config.activationFunction],
      attentionDropout: config.attentionDropout,
      hiddenDropout,
      standardDeviation,
      blockSize,
      cache,
    });
  return stack<DecoderContext>({
    name,
    width,
    positions: config.maxDecoderPositionEmbeddings,
    hiddenDropout,
    standardDeviation,
    layers: Array.from({ length: config.decoderLayers }, () => wrapLayer(layer())) as readonly Layer<never>[],
    first: cache ? (state) => stateCount(state, 'layers.0.self_attn.position') : undefined,
  });
}

/** Throws where training would need what the layers do not do: dropping whole layers, or within the feed-forward. */
export function requireTrainable(caller: string, config: LedConfig, { training }: LayerContext): void {
  if (training !== true) return;
  const { activationDropout, encoderLayerdrop, decoderLayerdrop } = config;
  const wrong = Object.entries({ activationDropout, encoderLayerdrop, decoderLayerdrop }).find(([, share]) => share > 0);
  if (wrong === undefined) return;
  throw new ConfigError({
    caller,
    problem: 'activationDropout, encoderLayerdrop and decoderLayerdrop must be 0 for training.',
    expected: '0',
    got: `${wrong[0]} ${wrong[1]}`,
    remedy: `make the model of { ...config, ${wrong[0]}: 0 }; dropout and attentionDropout are as they are in the config.`,
  });
}
