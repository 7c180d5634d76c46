import type { Layer } from '@longspan/core-tensor';
import { inNameOf, requireKnown } from '@longspan/core-tensor/error';
import { hatLayer, type HatContext as SegmentsContext } from '@longspan/hierarchical';
import { activations } from '../../config/kinds.ts';
import type { ConfigJson } from '../../config/read-config.ts';
import { type EmbeddingsContext, encoderEmbeddings } from '../../encoder/embeddings.ts';
import { type EncoderContext, type EncoderOutput, encoderModel } from '../../encoder/encoder-model.ts';
import { type ModelOptions, modelOptionNames } from '../../pretrained/family.ts';
import { type HatConfig, type HatLayout, hatConfig, segmentLengthOf } from './config.ts';

export type HatContext = EmbeddingsContext & SegmentsContext & EncoderContext;

/**
 * The hierarchical attention transformer: segments of a fixed length, encoders over the tokens of each and encoders over the first tokens
 * of all. Positions count within each segment. Any length up to all segments: a last segment that is not full is filled up within.
 * Parameters as in the reference's HATModel. Context: `padding`, `tokenTypes`, `positions`, `hiddenStates`.
 * @shape ids int32 [b, n] -> hidden [b, n, hiddenSize]
 * @throws ConfigError when heads do not divide hiddenSize; apply: ConfigError for a text longer than all segments
 * @cost n · segment pairs, and (n / segment)² between segments; O(n · hiddenSize · (hiddenSize + intermediateSize)) an encoder
 * @source Chalkidis et al. 2022 (arXiv 2210.05529); HATModel of coastalcph/hierarchical-transformers
 * @example
 * const layer = { sentence_encoder: true, document_encoder: true };
 * const sizes = { vocabSize: 9, hiddenSize: 8, numHiddenLayers: 1, numAttentionHeads: 2, intermediateSize: 16, maxSentenceLength: 4 };
 * const model = hatModel({ ...sizes, encoderLayout: { 0: layer } });
 * model.apply(model.init(createKey(0)), ones([1, 10], 'int32')).hidden.shape; // => [1, 10, 8]
 */
export const hatModel = (config: ConfigJson | Partial<HatConfig>, options: ModelOptions = {}): Layer<HatContext, EncoderOutput> =>
  inNameOf('hatModel', () => modelOf('hatModel', hatConfig(config), options));

/** The body of a model with a head, whom errors name. */
export function modelOf(name: string, config: HatConfig, options: ModelOptions): Layer<HatContext, EncoderOutput> {
  requireKnown(name, options, modelOptionNames);
  const { hiddenSize: width, initializerRange: standardDeviation, layerNormEps: epsilon, padTokenId, maxSentences: maxSegments } = config;
  const { wrapLayer = (layer) => layer, blockSize } = options;
  const segmentLength = segmentLengthOf(config);
  const layer = (at: number) => {
    const { sentence_encoder: sentence, document_encoder: document } = config.encoderLayout[at] as HatLayout;
    return wrapLayer(
      hatLayer({
        width,
        heads: config.numAttentionHeads,
        innerWidth: config.intermediateSize,
        segmentLength,
        maxSegments,
        paddingIndex: padTokenId,
        epsilon,
        chunkLength: config.chunkSizeFeedForward === 0 ? undefined : config.chunkSizeFeedForward,
        activation: activations[config.hiddenAct],
        hiddenDropout: config.hiddenDropoutProb,
        attentionDropout: config.attentionProbsDropoutProb,
        draw: { kind: 'normal', standardDeviation },
        blockSize,
        sentence,
        document,
      }),
    );
  };
  return encoderModel<EmbeddingsContext & SegmentsContext>({
    name,
    width,
    embeddings: encoderEmbeddings({
      name,
      vocabulary: config.vocabSize,
      width,
      positions: segmentLength + padTokenId + 1,
      positionsOver: { segmentLength, maxSegments },
      tokenTypes: config.typeVocabSize,
      paddingIndex: padTokenId,
      epsilon,
      hiddenDropout: config.hiddenDropoutProb,
      standardDeviation,
    }) as Layer<never>,
    layers: Array.from({ length: config.numHiddenLayers }, (_, at) => layer(at) as Layer<never>),
    pooler: false,
    standardDeviation,
  });
}
