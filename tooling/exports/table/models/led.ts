import { padding } from '@longspan/core-tensor';
import { tensor2d } from '@tensorflow/tfjs-core';
import { row, type Table } from '../../row.ts';
import { layerRow } from '../layers.ts';
import { nullsOfConfig } from './encoder.ts';

const config = () => ({
  vocabSize: 9,
  dModel: 4,
  encoderLayers: 1,
  decoderLayers: 1,
  encoderAttentionHeads: 2,
  decoderAttentionHeads: 2,
  encoderFfnDim: 6,
  decoderFfnDim: 6,
  attentionWindow: 2,
  dropout: 0,
});
const wrapLayer = <L>(layer: L): L => layer;
const ids = () => tensor2d([[1, 2, 3, 0]], [1, 4], 'int32');
const context = () => ({
  padding: padding([[1, 1, 1, 0]]),
  globals: [0],
  decoderIds: tensor2d([[2, 5]], [1, 2], 'int32'),
  decoderPadding: padding([[1, 0]]),
});
const made = layerRow([() => [config()], () => [config(), { wrapLayer, blockSize: 8 }]], ids, {
  contexts: [context],
  accepts: nullsOfConfig,
});

export const ledTable: Table = {
  ledConfig: row([() => [config()], () => [{ vocab_size: 9, d_model: 4 }]], nullsOfConfig),
  ledModel: made,
  ledForConditionalGeneration: made,
  ledForQuestionAnswering: made,
  ledForSequenceClassification: layerRow([() => [config()], () => [config(), { wrapLayer, blockSize: 8 }]], ids, {
    contexts: [() => ({ ...context(), decoderIds: ids(), decoderPadding: padding([[1, 1, 1, 0]]) })],
    accepts: nullsOfConfig,
  }),
};
