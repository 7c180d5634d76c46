import { defineLayer, dims, dropout, embedding, type Layer, type LayerContext, layerNorm, type Padding } from '@longspan/core-tensor';
import { inNameOf, requireKnown } from '@longspan/core-tensor/error';
import { checkPadding } from '@longspan/core-tensor/layer';
import { funnelDecoder, funnelEncoder, funnelUpsampling } from '@longspan/hierarchical';
import { add, type Tensor } from '@tensorflow/tfjs-core';
import { activations } from '../../config/kinds.ts';
import type { ConfigJson } from '../../config/read-config.ts';
import type { EncoderContext, EncoderOutput } from '../../encoder/encoder-model.ts';
import { askedStates } from '../../encoder/hidden-states.ts';
import { giving } from '../../head/next-tokens.ts';
import { type WrapOptions, wrapOptionNames } from '../../pretrained/family.ts';
import { type FunnelConfig, funnelConfig } from './config.ts';

export interface FunnelContext extends EncoderContext {
  /** Which tokens are padding; none by default. */
  readonly padding?: Padding | undefined;
  /** int32 [b, n]: which of two texts each token belongs to, or 2 for <cls>; 0 by default. */
  readonly tokenTypes?: Tensor | undefined;
}

/**
 * Funnel without its decoder: blocks of layers, each over half as many vectors as the one before. Parameters as in Hugging Face's
 * FunnelBaseModel. Context: `padding`, `tokenTypes`, `hiddenStates`.
 * @shape ids int32 [b, n], any n -> hidden [b, m, dModel]; m is n halved once for each block but the first, rounded as the paper does
 * @throws ConfigError when dModel is odd; apply: ShapeError when ids or the context do not fit
 * @cost n² pairs in the first block, a quarter of that in the next
 * @source Dai et al. 2020 (arXiv 2006.03236); FunnelBaseModel of Hugging Face transformers 4.57
 * @example
 * const config = funnelConfig({ vocabSize: 9, blockSizes: [1, 1], dModel: 8, nHead: 2, dHead: 4, dInner: 16 });
 * const model = funnelBaseModel(config);
 * const ids = tensor2d([[1, 2, 3, 4, 5, 6, 7, 8]], [1, 8], 'int32');
 * model.apply(model.init(createKey(0)), ids).hidden.shape; // => [1, 4, 8]
 */
export const funnelBaseModel = (
  config: ConfigJson | Partial<FunnelConfig>,
  options: WrapOptions = {},
): Layer<FunnelContext, EncoderOutput> => inNameOf('funnelBaseModel', () => baseOf('funnelBaseModel', funnelConfig(config), options));

/** The body of a model with a head, whom errors name. */
export function baseOf(name: string, config: FunnelConfig, options: WrapOptions): Layer<FunnelContext, EncoderOutput> {
  requireKnown(name, options, wrapOptionNames);
  const model = defineLayer({
    name,
    parts: { ...embeddingsOf(config), encoder: encoderOf(config, options) },
    reads: ['hiddenStates'],
    check: checkText,
    run({ parts }, ids, context: FunnelContext) {
      const embedded = parts['embeddings.dropout'](parts['embeddings.layer_norm'](parts['embeddings.word_embeddings'](ids)));
      const { hidden, states } = parts.encoder.all(embedded);
      return { hidden, ...askedStates(context, [embedded, ...states]) };
    },
  }) as object as Layer<FunnelContext, EncoderOutput>;
  return giving('hidden states', model);
}

/**
 * Funnel with its decoder, which gives a vector for each token: the last block's vectors spread over the tokens again, plus the first
 * block's, and layers over all of them. Parameters as in Hugging Face's FunnelModel. Context: `padding`, `tokenTypes`, `hiddenStates` (the
 * encoder's, then the decoder's, which begin with that sum).
 * @shape ids int32 [b, n], any n -> hidden [b, n, dModel]
 * @throws ConfigError when dModel is odd; apply: ShapeError when ids or the context do not fit
 * @cost that of funnelBaseModel, and of numDecoderLayers more layers like its first block's
 * @source Dai et al. 2020 (arXiv 2006.03236) §2.3; FunnelModel of Hugging Face transformers 4.57
 * @example
 * const config = funnelConfig({ vocabSize: 9, blockSizes: [1, 1], dModel: 8, nHead: 2, dHead: 4, dInner: 16, numDecoderLayers: 1 });
 * const model = funnelModel(config);
 * const ids = tensor2d([[1, 2, 3, 4, 5]], [1, 5], 'int32');
 * model.apply(model.init(createKey(0)), ids).hidden.shape; // => [1, 5, 8]
 */
export const funnelModel = (config: ConfigJson | Partial<FunnelConfig>, options: WrapOptions = {}): Layer<FunnelContext, EncoderOutput> =>
  inNameOf('funnelModel', () => modelOf('funnelModel', funnelConfig(config), options));

/** The body of a model with a head, whom errors name. */
export function modelOf(name: string, config: FunnelConfig, options: WrapOptions): Layer<FunnelContext, EncoderOutput> {
  requireKnown(name, options, wrapOptionNames);
  const { blockSizes, separateCls: keepCls, truncateSeq: truncate } = config;
  const stride = 2 ** (blockSizes.length - 1);
  const decoder = funnelDecoder({ ...sizesOf(config, options), layers: config.numDecoderLayers });
  const model = defineLayer({
    name,
    parts: { ...embeddingsOf(config), encoder: encoderOf(config, options), decoder },
    reads: ['hiddenStates'],
    check: checkText,
    run({ parts }, ids, context: FunnelContext) {
      const embedded = parts['embeddings.dropout'](parts['embeddings.layer_norm'](parts['embeddings.word_embeddings'](ids)));
      const { hidden: last, states } = parts.encoder.all(embedded);
      const length = ids.shape[1] as number;
      // Not the first block's last state where layers repeat: the reference takes the state of that number.
      const first = [embedded, ...states][blockSizes[0] as number] as Tensor;
      const joined = add(funnelUpsampling(last, { stride, length, keepCls, truncate }), first);
      const decoded = parts.decoder.all(joined);
      return { hidden: decoded.hidden, ...askedStates(context, [embedded, ...states, joined, ...decoded.states]) };
    },
  }) as object as Layer<FunnelContext, EncoderOutput>;
  return giving('hidden states', model);
}

/** Throws unless ids and what the context says of them are of one shape. */
function checkText(caller: string, ids: Tensor, { padding, tokenTypes }: FunnelContext): void {
  const { b: batch, n: length } = dims(caller, { ids: [ids, 'b n:int32'] });
  if (tokenTypes !== undefined) dims(caller, { ids: [ids, 'b n'], 'context.tokenTypes': [tokenTypes, 'b n:int32'] });
  checkPadding(caller, padding, { batch, length });
}

const embeddingsOf = ({ vocabSize, dModel: width, padTokenId, initializerStd, layerNormEps, hiddenDropout }: FunnelConfig) => ({
  'embeddings.word_embeddings': embedding({
    vocabulary: vocabSize,
    width,
    paddingIndex: padTokenId,
    standardDeviation: initializerStd ?? 1,
  }),
  'embeddings.layer_norm': layerNorm({ width, epsilon: layerNormEps }),
  'embeddings.dropout': dropout({ rate: hiddenDropout }) as Layer<LayerContext>,
});

const sizesOf = (config: FunnelConfig, { wrapLayer }: WrapOptions) => ({
  width: config.dModel,
  heads: config.nHead,
  headDim: config.dHead,
  innerWidth: config.dInner,
  activation: activations[config.hiddenAct],
  hiddenDropout: config.hiddenDropout,
  attentionDropout: config.attentionDropout,
  epsilon: config.layerNormEps,
  keepCls: config.separateCls,
  truncate: config.truncateSeq,
  wrapLayer,
});

const encoderOf = (config: FunnelConfig, options: WrapOptions) =>
  funnelEncoder({
    ...sizesOf(config, options),
    blockSizes: config.blockSizes,
    blockRepeats: config.blockRepeats,
    pooling: config.poolingType,
    poolQueriesOnly: config.poolQOnly,
  });
