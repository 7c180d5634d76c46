import { bert } from '@longspan/models/bert';
import { hat } from '@longspan/models/hat';
import type { Family } from '../../replay.ts';
import { bigBirdFamily } from './bigbird.ts';
import { encoderFamily } from './encoder.ts';
import { longformerFamily } from './longformer.ts';

/** The families of checkpoints, by the name that a fixture's metadata gives them. */
export const modelFamilies: readonly (readonly [name: string, family: Family])[] = [
  ['bert.model', encoderFamily(bert, 'model')],
  ['bert.masked_lm', encoderFamily(bert, 'maskedLanguageModel')],
  ['bert.question_answering', encoderFamily(bert, 'questionAnswering')],
  ['bert.sequence_classification', encoderFamily(bert, 'sequenceClassification')],
  ['bert.token_classification', encoderFamily(bert, 'tokenClassification')],
  ['bigbird.model', bigBirdFamily('model')],
  ['bigbird.causal_lm', bigBirdFamily('causalLanguageModel')],
  ['bigbird.masked_lm', bigBirdFamily('maskedLanguageModel')],
  ['bigbird.question_answering', bigBirdFamily('questionAnswering')],
  ['bigbird.sequence_classification', bigBirdFamily('sequenceClassification')],
  ['hat.model', encoderFamily(hat, 'model')],
  ['hat.masked_lm', encoderFamily(hat, 'maskedLanguageModel')],
  ['hat.sentence_classification', encoderFamily(hat, 'sentenceClassification')],
  ['hat.sequence_classification', encoderFamily(hat, 'sequenceClassification')],
  ['longformer.model', longformerFamily('model')],
  ['longformer.masked_lm', longformerFamily('maskedLanguageModel')],
  ['longformer.question_answering', longformerFamily('questionAnswering')],
  ['longformer.sequence_classification', longformerFamily('sequenceClassification')],
  ['longformer.token_classification', longformerFamily('tokenClassification')],
];
