import { defineFamily, type Family } from '../../pretrained/family.ts';
import { type UniversalSentenceEncoderConfig, universalSentenceEncoderConfig } from './config.ts';
import { readUniversalSentenceEncoder } from './graph.ts';
import { poolerOf, universalSentenceEncoderModel } from './model.ts';

export { type UniversalSentenceEncoderConfig, universalSentenceEncoderConfig } from './config.ts';
export { type UniversalSentenceEncoderContext, universalSentenceEncoderModel } from './model.ts';

/** The models of the family. */
export type UniversalSentenceEncoderModels = { readonly model: typeof universalSentenceEncoderModel };

/** The Universal Sentence Encoder, lite: what `fromPretrained` needs to know of it. People have it as a graph model of tfjs (model.json). */
export const universalSentenceEncoder: Family<UniversalSentenceEncoderConfig, UniversalSentenceEncoderModels> = defineFamily({
  modelType: 'universal-sentence-encoder',
  config: universalSentenceEncoderConfig,
  models: { model: universalSentenceEncoderModel },
  architectures: {},
  weights: { body: 'encoder', drawn: [] },
  graph: readUniversalSentenceEncoder,
  pooler: ({ hiddenSize, outputSize, maxSeqLength }) => ({ ...poolerOf({ hiddenSize, outputSize }), maxSeqLength }),
});
