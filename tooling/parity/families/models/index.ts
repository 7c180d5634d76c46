import { bert } from '@longspan/models/bert';
import type { Family } from '../../replay.ts';
import { encoderFamily } from './encoder.ts';
import { transformerXlLanguageModel, transformerXlModel } from './transformer-xl.ts';

/** The families of checkpoints, by the name that a fixture's metadata gives them. */
export const modelFamilies: readonly (readonly [name: string, family: Family])[] = [
  ['bert.model', encoderFamily(bert, 'model')],
  ['bert.masked_lm', encoderFamily(bert, 'maskedLanguageModel')],
  ['bert.question_answering', encoderFamily(bert, 'questionAnswering')],
  ['bert.sequence_classification', encoderFamily(bert, 'sequenceClassification')],
  ['bert.token_classification', encoderFamily(bert, 'tokenClassification')],
  ['transfoxl.lm', transformerXlLanguageModel],
  ['transfoxl.model', transformerXlModel],
];
