import { everything, multiHeadAttention, type SelfAttentionContext } from '@longspan/attention-sparse';
import { feedForward, type Layer, layerNorm, linear } from '@longspan/core-tensor';
import { ConfigError, inNameOf, requireKnown } from '@longspan/core-tensor/error';
import type { ConfigJson } from '../../config/read-config.ts';
import { type EncoderContext, type EncoderOutput, encoderModel, type WantedContext } from '../../encoder/encoder-model.ts';
import { type PreNormLayerNames, preNormLayer } from '../../encoder/pre-norm-layer.ts';
import { sentenceLayer } from '../../pooling/sentence-layer.ts';
import { type ModelOptions, modelOptionNames, type OwnPooler } from '../../pretrained/family.ts';
import { type UniversalSentenceEncoderConfig, universalSentenceEncoderConfig } from './config.ts';
import { timedWords } from './embeddings.ts';

export type UniversalSentenceEncoderContext = Omit<SelfAttentionContext, 'relativeBias' | 'lengths' | 'position'> &
  EncoderContext &
  WantedContext;

const names: PreNormLayerNames = {
  attentionNorm: 'attention_norm',
  attention: 'attention',
  attentionOutput: 'attention_output',
  residual: 'residual',
  feedForwardNorm: 'feed_forward_norm',
  feedForward: 'feed_forward',
};

/**
 * The Universal Sentence Encoder, lite: pre-norm layers in which every token attends to every other one; `pooled` is the vector of each text,
 * of length 1: the mean of its tokens through a linear map and tanh. Texts may have any length; the graph that it comes from cuts them after
 * 128 tokens. Context: `padding`, `hiddenStates`, `mask`, which restricts what tokens attend to, and `wantedTokens`, where the states of
 * some tokens are enough: there is no `pooled` then.
 * @shape ids int32 [b, n] -> hidden [b, n, hiddenSize], pooled [b, outputSize]
 * @throws ConfigError when heads do not divide embeddingSize and hiddenSize
 * @cost O(n² · hiddenSize) time for the attention, nothing n x n in memory; O(n · hiddenSize · (4 · hiddenSize + 2 · intermediateSize)) a layer
 * @source Cer et al. 2018 (arXiv 1803.11175); the graph of universal-sentence-encoder-lite for tfjs
 * @example
 * const sizes = { vocabSize: 9, embeddingSize: 4, hiddenSize: 8, numAttentionHeads: 2, intermediateSize: 12, outputSize: 6 };
 * const model = universalSentenceEncoderModel(sizes);
 * const { hidden, pooled } = model.apply(model.init(createKey(0)), tensor2d([[1, 2, 3]], [1, 3], 'int32'));
 * [hidden.shape, pooled.shape]; // => [[1, 3, 8], [1, 6]]
 */
export const universalSentenceEncoderModel = (
  config: ConfigJson | Partial<UniversalSentenceEncoderConfig>,
  options: ModelOptions = {},
): Layer<UniversalSentenceEncoderContext, EncoderOutput & Required<Pick<EncoderOutput, 'pooled'>>> =>
  inNameOf('universalSentenceEncoderModel', () =>
    modelOf('universalSentenceEncoderModel', universalSentenceEncoderConfig(config), options),
  );

/** The mean of the tokens, through a linear map and tanh, of length 1. */
export const poolerOf = ({
  hiddenSize,
  outputSize,
}: Pick<UniversalSentenceEncoderConfig, 'hiddenSize' | 'outputSize'>): Omit<OwnPooler, 'maxSeqLength'> => ({
  width: hiddenSize,
  modes: ['mean'],
  dense: [{ outFeatures: outputSize }],
  normalize: true,
});

type Model = ReturnType<typeof universalSentenceEncoderModel>;

function modelOf(name: string, config: UniversalSentenceEncoderConfig, options: ModelOptions): Model {
  requireKnown(name, options, modelOptionNames);
  const { embeddingSize, hiddenSize, outputSize, layerNormEps: epsilon, initializerRange: standardDeviation } = config;
  requireEven(name, embeddingSize);
  const { wrapLayer = (layer) => layer, blockSize } = options;
  const draw = { kind: 'normal', standardDeviation } as const;
  const mask = everything(); // one for all layers, which meet the same layout
  const layer = (at: number) => {
    const width = at === 0 ? embeddingSize : hiddenSize;
    const widened = () => linear({ inFeatures: width, outFeatures: hiddenSize, draw });
    return wrapLayer(
      preNormLayer({
        name,
        names,
        attention: multiHeadAttention({
          width,
          heads: config.numAttentionHeads,
          mask,
          names: { together: 'qkv' },
          output: false,
          draw,
          blockSize,
        }),
        attentionOutput: widened(),
        residual: width === hiddenSize ? undefined : widened(),
        attentionNorm: layerNorm({ width, epsilon }),
        feedForwardNorm: layerNorm({ width: hiddenSize, epsilon }),
        feedForward: feedForward({ width: hiddenSize, innerWidth: config.intermediateSize, activation: 'relu', draw }),
        attentionDropout: 0,
        keepsRows: at === config.numHiddenLayers - 1,
      }),
    );
  };
  return encoderModel<UniversalSentenceEncoderContext>({
    name,
    width: hiddenSize,
    embeddings: timedWords(name, config) as Layer<never>,
    layers: Array.from({ length: config.numHiddenLayers }, (_, at) => layer(at) as Layer<never>),
    layerName: (at) => `layers.${at}`,
    leavesOut: config.numHiddenLayers > 0,
    pooler: sentenceLayer(poolerOf({ hiddenSize, outputSize })) as Layer<never>,
    poolerName: 'pooler',
    standardDeviation,
  }) as object as Model;
}

/** Positions are a sine and a cosine of each wavelength. */
function requireEven(caller: string, embeddingSize: number): void {
  if (embeddingSize % 2 === 0) return;
  throw new ConfigError({
    caller,
    problem: 'embeddingSize must be even.',
    expected: 'an even number: a sine and a cosine for each wavelength of the positions',
    got: String(embeddingSize),
    remedy: `use ${embeddingSize + 1}.`,
  });
}
