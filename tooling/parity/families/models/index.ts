import { bert } from '@longspan/models/bert';
import { funnel } from '@longspan/models/funnel';
import { swin } from '@longspan/models/swin';
import { swinv2 } from '@longspan/models/swinv2';
import type { Family } from '../../replay.ts';
import { encoderFamily } from './encoder.ts';

/** The families of checkpoints, by the name that a fixture's metadata gives them. */
export const modelFamilies: readonly (readonly [name: string, family: Family])[] = [
  ['bert.model', encoderFamily(bert, 'model')],
  ['bert.masked_lm', encoderFamily(bert, 'maskedLanguageModel')],
  ['bert.question_answering', encoderFamily(bert, 'questionAnswering')],
  ['bert.sequence_classification', encoderFamily(bert, 'sequenceClassification')],
  ['bert.token_classification', encoderFamily(bert, 'tokenClassification')],
  ['funnel.base_model', encoderFamily(funnel, 'baseModel')],
  ['funnel.model', encoderFamily(funnel, 'model')],
  ['funnel.masked_lm', encoderFamily(funnel, 'maskedLanguageModel')],
  ['swin.model', encoderFamily(swin, 'model')],
  ['swin.backbone', encoderFamily(swin, 'backbone')],
  ['swin.image_classification', encoderFamily(swin, 'imageClassification')],
  ['swinv2.model', encoderFamily(swinv2, 'model')],
];
