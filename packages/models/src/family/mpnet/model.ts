import type { RelativeBias } from '@longspan/attention-sparse';
import type { Layer } from '@longspan/core-tensor';
import { inNameOf } from '@longspan/core-tensor/error';
import { weightSpec } from '@longspan/core-tensor/layer';
import type { ConfigJson } from '../../config/read-config.ts';
import { type DenseEncoderContext, type DenseEncoderOptions, denseEncoder } from '../../encoder/dense-encoder.ts';
import { bertLayerNames, type EncoderLayerNames } from '../../encoder/encoder-layer.ts';
import type { EncoderOutput } from '../../encoder/encoder-model.ts';
import { type MpnetConfig, mpnetConfig } from './config.ts';

export type MpnetContext = Omit<DenseEncoderContext, 'tokenTypes' | 'relativeBias'>;

export type MpnetOptions = DenseEncoderOptions;

/** The id of padding whatever pad_token_id says: it is fixed in the model's code. */
const paddingIndex = 1;

/** Fixed in the code too: relative_attention_num_buckets is only the table's height. */
const distances: RelativeBias = { buckets: 32, maxDistance: 128, bidirectional: true, shared: true };

const layerNames: EncoderLayerNames = {
  ...bertLayerNames,
  attention: 'attention.attn',
  attentionOutput: undefined,
  attentionNorm: 'attention.LayerNorm',
};

/**
 * MPNet: RoBERTa's positions and layers, without token types, whose scores have a bias by distance, of one table for all layers.
 * Parameters as in Hugging Face's MPNetModel. Context: `padding`, `positions`, `hiddenStates`, and `mask`: `documents(ids)` for texts that are packed into a row.
 * @shape ids int32 [b, n] -> hidden [b, n, hiddenSize], pooled [b, hiddenSize]
 * @throws ConfigError when heads do not divide hiddenSize; apply: ConfigError for a text longer than the table of positions
 * @cost O(n² · hiddenSize) time for the attention, nothing n x n in memory; O(n · hiddenSize · (4 · hiddenSize + 2 · intermediateSize)) a layer
 * @source Song et al. 2020 (arXiv 2004.09297); MPNetModel of Hugging Face transformers 4.57
 * @example
 * const model = mpnetModel({ vocabSize: 9, hiddenSize: 8, numHiddenLayers: 1, numAttentionHeads: 2, intermediateSize: 16 });
 * const { hidden, pooled } = model.apply(model.init(createKey(0)), tensor2d([[0, 5, 2]], [1, 3], 'int32'));
 * [hidden.shape, pooled.shape]; // => [[1, 3, 8], [1, 8]]
 */
export const mpnetModel = (config: ConfigJson | Partial<MpnetConfig>, options: MpnetOptions = {}): Layer<MpnetContext, EncoderOutput> =>
  inNameOf('mpnetModel', () => modelOf('mpnetModel', mpnetConfig(config), options));

/** The body of a model with a head, whom errors name. */
export const modelOf = (name: string, config: MpnetConfig, options: MpnetOptions): Layer<MpnetContext, EncoderOutput> =>
  denseEncoder(
    name,
    { ...config, padTokenId: paddingIndex, typeVocabSize: undefined },
    {
      positionsOver: 'tokens',
      layerNames,
      projections: { query: 'q', key: 'k', value: 'v', output: 'o' },
      sharedBias: {
        name: 'encoder.relative_attention_bias.weight',
        spec: weightSpec([config.relativeAttentionNumBuckets, config.numAttentionHeads], {
          kind: 'normal',
          standardDeviation: config.initializerRange,
        }),
        context: 'relativeBias',
        rows: distances.buckets,
        bias: distances,
      },
    },
    options,
  ) as object as Layer<MpnetContext, EncoderOutput>;
