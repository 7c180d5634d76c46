import { everything, type Mask, multiHeadAttention, type SelfAttentionContext, slidingWindow } from '@longspan/attention-sparse';
import { defineLayer, dims, dropout, embedding, gatedFeedForward, type Layer, layerNorm } from '@longspan/core-tensor';
import { inNameOf, requireKnown } from '@longspan/core-tensor/error';
import { gateActivations } from '../../config/kinds.ts';
import type { ConfigJson } from '../../config/read-config.ts';
import { masksOfLayers } from '../../encoder/attention-masks.ts';
import { type EncoderContext, type EncoderOutput, encoderModel } from '../../encoder/encoder-model.ts';
import { type PreNormLayerNames, preNormLayer } from '../../encoder/pre-norm-layer.ts';
import { type ModelOptions, modelOptionNames } from '../../pretrained/family.ts';
import { type ModernbertConfig, modernbertConfig } from './config.ts';

export type ModernbertContext = Omit<SelfAttentionContext, 'relativeBias'> & EncoderContext;

const names: PreNormLayerNames = { attentionNorm: 'attn_norm', attention: 'attn', feedForwardNorm: 'mlp_norm', feedForward: 'mlp' };

/**
 * ModernBERT: rotary positions, pre-norm layers with gated feed-forward, and attention to a window, in every third layer to all tokens.
 * Parameters as in Hugging Face's ModernBertModel. Context: `padding`, `hiddenStates`, and `mask`, which is `documents(ids)` where several
 * texts are packed into a row: they are computed as each of them alone is.
 * @shape ids int32 [b, n] -> hidden [b, n, hiddenSize]
 * @returns hidden after the last norm; hiddenStates before it
 * @throws ConfigError when heads do not divide hiddenSize
 * @cost O(n · localAttention · hiddenSize) time for the attention of a layer, in global layers O(n² · hiddenSize) and nothing n x n in
 *   memory; O(n · hiddenSize · (4 · hiddenSize + 3 · intermediateSize)) a layer
 * @source Warner et al. 2024 (arXiv 2412.13663); ModernBertModel of Hugging Face transformers 4.57
 * @example
 * const sizes = { vocabSize: 9, padTokenId: 1, hiddenSize: 8, numHiddenLayers: 2, numAttentionHeads: 2, intermediateSize: 12 };
 * const model = modernbertModel(sizes);
 * const ids = tensor2d([[0, 5, 2, 0, 6, 7, 2]], [1, 7], 'int32');
 * const { hidden } = model.apply(model.init(createKey(0)), ids, { mask: documents([0, 0, 0, 1, 1, 1, 1]) });
 * hidden.shape; // => [1, 7, 8]
 */
export const modernbertModel = (
  config: ConfigJson | Partial<ModernbertConfig>,
  options: ModelOptions = {},
): Layer<ModernbertContext, EncoderOutput> =>
  inNameOf('modernbertModel', () => modelOf('modernbertModel', modernbertConfig(config), options));

const isGlobal = ({ globalAttnEveryNLayers }: ModernbertConfig, layer: number): boolean => layer % globalAttnEveryNLayers === 0;

/** The mask of each layer: its window, every token in the global ones, or what the config says. */
export function layerMasks(config: ModernbertConfig): readonly Mask[] {
  const side = Math.floor(config.localAttention / 2);
  // Each one for all its layers, which meet the same layouts.
  const [global, local] = [everything(), slidingWindow({ left: side, right: side })];
  return masksOfLayers(config, {
    layers: config.numHiddenLayers,
    heads: config.numAttentionHeads,
    own: (layer) => (isGlobal(config, layer) ? global : local),
  });
}

/** The body of a model with a head, whom errors name. */
export function modelOf(name: string, config: ModernbertConfig, options: ModelOptions): Layer<ModernbertContext, EncoderOutput> {
  requireKnown(name, options, modelOptionNames);
  const { hiddenSize: width, initializerRange: standardDeviation, normBias, normEps, attentionDropout } = config;
  const { wrapLayer = (layer) => layer, blockSize } = options;
  const draw = { kind: 'normal', standardDeviation } as const;
  const norm = () => layerNorm({ width, epsilon: normEps, bias: normBias });
  const masks = layerMasks(config);
  const layer = (at: number) =>
    wrapLayer(
      preNormLayer({
        name,
        names,
        attention: multiHeadAttention({
          width,
          heads: config.numAttentionHeads,
          mask: masks[at],
          rotary: { style: 'half', base: isGlobal(config, at) ? config.globalRopeTheta : config.localRopeTheta },
          names: { together: 'Wqkv', output: 'Wo' },
          bias: config.attentionBias,
          draw,
          attentionDropout,
          blockSize,
        }),
        attentionNorm: at === 0 ? undefined : norm(),
        feedForwardNorm: norm(),
        feedForward: gatedFeedForward({
          width,
          innerWidth: config.intermediateSize,
          activation: gateActivations[config.hiddenActivation],
          bias: config.mlpBias,
          innerDropout: config.mlpDropout,
          names: { both: 'Wi', outer: 'Wo' },
          draw,
        }),
        attentionDropout,
      }),
    );
  return encoderModel<ModernbertContext>({
    name,
    width,
    embeddings: wordEmbeddings(name, config, norm()) as Layer<never>,
    layers: Array.from({ length: config.numHiddenLayers }, (_, at) => layer(at) as Layer<never>),
    layerName: (at) => `layers.${at}`,
    pooler: false,
    standardDeviation,
    finalNorm: { name: 'final_norm', layer: norm() },
  });
}

/** Words and a norm; positions are turns of queries and keys. */
const wordEmbeddings = (name: string, config: ModernbertConfig, norm: Layer): Layer =>
  defineLayer({
    name,
    parts: {
      tok_embeddings: embedding({
        vocabulary: config.vocabSize,
        width: config.hiddenSize,
        paddingIndex: config.padTokenId,
        standardDeviation: config.initializerRange,
      }),
      norm,
      drop: dropout({ rate: config.embeddingDropout }),
    },
    check: (caller, ids) => void dims(caller, { ids: [ids, 'b n:int32'] }),
    run: ({ parts }, ids) => parts.drop(parts.norm(parts.tok_embeddings(ids))),
  });
