import type { LayerContext } from '@longspan/core-tensor';
import type { EncoderConfig } from '../encoder/encoder-config.ts';
import { type NamedBody, wordHead } from './encoder-heads.ts';
import type { HeadedModel } from './headed-model.ts';
import type { Labels } from './losses.ts';

type WordHeadSizes = Pick<EncoderConfig, 'hiddenSize' | 'vocabSize' | 'layerNormEps' | 'initializerRange' | 'tieWordEmbeddings'>;

/** The head for masked words of RoBERTa and those that took it over, `lm_head`: GELU, whatever hidden_act says. */
export const robertaWordHead = <C extends LayerContext>(name: string, config: WordHeadSizes, body: NamedBody<C>): HeadedModel<C, Labels> =>
  wordHead(body, {
    name,
    width: config.hiddenSize,
    vocabulary: config.vocabSize,
    activation: 'gelu',
    epsilon: config.layerNormEps,
    standardDeviation: config.initializerRange,
    names: { transform: 'lm_head.dense', norm: 'lm_head.layer_norm', decoder: 'lm_head.decoder', bias: 'lm_head.bias' },
    tiedTo: config.tieWordEmbeddings ? `${body.name}.embeddings.word_embeddings.weight` : undefined,
  });
