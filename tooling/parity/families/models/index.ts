import { bert } from '@longspan/models/bert';
import type { Family } from '../../replay.ts';
import { encoderFamily } from './encoder.ts';
import { hourglassFamily } from './hourglass.ts';
import { reformerFamily } from './reformer.ts';
import { routingTransformerFamily } from './routing-transformer.ts';
import { transformerXlLanguageModel, transformerXlModel } from './transformer-xl.ts';

/** The families of checkpoints, by the name that a fixture's metadata gives them. */
export const modelFamilies: readonly (readonly [name: string, family: Family])[] = [
  ['bert.model', encoderFamily(bert, 'model')],
  ['bert.masked_lm', encoderFamily(bert, 'maskedLanguageModel')],
  ['bert.question_answering', encoderFamily(bert, 'questionAnswering')],
  ['bert.sequence_classification', encoderFamily(bert, 'sequenceClassification')],
  ['bert.token_classification', encoderFamily(bert, 'tokenClassification')],
  ['hourglass.paper', hourglassFamily],
  ['reformer.lm', reformerFamily('languageModel')],
  ['reformer.model', reformerFamily('model')],
  ['reformer.sequence_classification', reformerFamily('sequenceClassification')],
  ['routing.transformer', routingTransformerFamily],
  ['transfoxl.lm', transformerXlLanguageModel],
  ['transfoxl.model', transformerXlModel],
];
