import { bert } from '@longspan/models/bert';
import { distilbert } from '@longspan/models/distilbert';
import { funnel } from '@longspan/models/funnel';
import { hat } from '@longspan/models/hat';
import { mpnet } from '@longspan/models/mpnet';
import { roberta } from '@longspan/models/roberta';
import { swin } from '@longspan/models/swin';
import { swinv2 } from '@longspan/models/swinv2';
import { xlmRoberta } from '@longspan/models/xlm-roberta';
import type { Family } from '../../replay.ts';
import { bigBirdFamily } from './bigbird.ts';
import { encoderFamily } from './encoder.ts';
import { hourglassFamily } from './hourglass.ts';
import { ledConditionalGeneration, ledGeneration } from './led.ts';
import { logitsProcessor } from './logits-processor.ts';
import { longformerFamily } from './longformer.ts';
import { longT5Family } from './longt5.ts';
import { modernbertFamily } from './modernbert.ts';
import { sentencePooling } from './pooling.ts';
import { reformerFamily, reformerGeneration } from './reformer.ts';
import { routingTransformerFamily } from './routing-transformer.ts';
import { toLongFamily } from './to-long.ts';
import { transformerXlGeneration, transformerXlLanguageModel, transformerXlModel } from './transformer-xl.ts';

/** The families of checkpoints, by the name that a fixture's metadata gives them. */
export const modelFamilies: readonly (readonly [name: string, family: Family])[] = [
  ['bert.model', encoderFamily(bert, 'model')],
  ['bert.masked_lm', encoderFamily(bert, 'maskedLanguageModel')],
  ['bert.question_answering', encoderFamily(bert, 'questionAnswering')],
  ['bert.sequence_classification', encoderFamily(bert, 'sequenceClassification')],
  ['bert.token_classification', encoderFamily(bert, 'tokenClassification')],
  ['hourglass.paper', hourglassFamily],
  ['reformer.lm', reformerFamily('causalLanguageModel')],
  ['reformer.model', reformerFamily('model')],
  ['reformer.sequence_classification', reformerFamily('sequenceClassification')],
  ['routing.transformer', routingTransformerFamily],
  ['transfoxl.lm', transformerXlLanguageModel],
  ['transfoxl.model', transformerXlModel],
  ['distilbert.model', encoderFamily(distilbert, 'model')],
  ['distilbert.question_answering', encoderFamily(distilbert, 'questionAnswering')],
  ['distilbert.sequence_classification', encoderFamily(distilbert, 'sequenceClassification')],
  ['modernbert.model', modernbertFamily('model')],
  ['modernbert.masked_lm', modernbertFamily('maskedLanguageModel')],
  ['modernbert.sequence_classification', modernbertFamily('sequenceClassification')],
  ['mpnet.model', encoderFamily(mpnet, 'model')],
  ['roberta.model', encoderFamily(roberta, 'model')],
  ['roberta.masked_lm', encoderFamily(roberta, 'maskedLanguageModel')],
  ['roberta.question_answering', encoderFamily(roberta, 'questionAnswering')],
  ['roberta.sequence_classification', encoderFamily(roberta, 'sequenceClassification')],
  ['roberta.token_classification', encoderFamily(roberta, 'tokenClassification')],
  ['sentence_transformers.pooling', sentencePooling],
  ['tolong.longformer', toLongFamily],
  ['xlm_roberta.model', encoderFamily(xlmRoberta, 'model')],
  ['xlm_roberta.question_answering', encoderFamily(xlmRoberta, 'questionAnswering')],
  ['xlm_roberta.sequence_classification', encoderFamily(xlmRoberta, 'sequenceClassification')],
  ['xlm_roberta.token_classification', encoderFamily(xlmRoberta, 'tokenClassification')],
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
  ['funnel.base_model', encoderFamily(funnel, 'baseModel', undefined, { hasOwnBlocks: true })],
  ['funnel.model', encoderFamily(funnel, 'model', undefined, { hasOwnBlocks: true })],
  ['funnel.masked_lm', encoderFamily(funnel, 'maskedLanguageModel', undefined, { hasOwnBlocks: true })],
  ['swin.model', encoderFamily(swin, 'model', undefined, { hasOwnBlocks: true })],
  ['swin.backbone', encoderFamily(swin, 'backbone', undefined, { hasOwnBlocks: true })],
  ['swin.image_classification', encoderFamily(swin, 'imageClassification', undefined, { hasOwnBlocks: true })],
  ['swinv2.model', encoderFamily(swinv2, 'model', undefined, { hasOwnBlocks: true })],
  ['generation.led', ledGeneration],
  ['generation.logits_processor', logitsProcessor],
  ['generation.reformer', reformerGeneration],
  ['generation.transfoxl', transformerXlGeneration],
  ['led.conditional_generation', ledConditionalGeneration],
  ['longt5.model', longT5Family],
];
