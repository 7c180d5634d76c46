import { padding } from '@longspan/core-tensor';
import { tensor2d } from '@tensorflow/tfjs-core';
import { row, type Table } from '../../row.ts';
import { layerRow } from '../layers.ts';
import { nullsOfConfig } from './encoder.ts';

const config = () => ({
  vocabSize: 9,
  blockSizes: [1, 1],
  dModel: 4,
  nHead: 2,
  dHead: 2,
  dInner: 6,
  numDecoderLayers: 1,
  hiddenDropout: 0,
  attentionDropout: 0,
});
const wrapLayer = <L>(layer: L): L => layer;
const ids = () => tensor2d([[1, 2, 3, 0]], [1, 4], 'int32');
const context = () => ({ padding: padding([[1, 1, 1, 0]]), tokenTypes: tensor2d([[2, 0, 1, 0]], [1, 4], 'int32') });
const made = layerRow([() => [config()], () => [config(), { wrapLayer }]], ids, {
  contexts: [context],
  accepts: nullsOfConfig,
});

export const funnelTable: Table = {
  funnelConfig: row([() => [config()], () => [{ vocab_size: 9, d_model: 4 }]], nullsOfConfig),
  funnelModel: made,
  funnelBaseModel: made,
  funnelForMaskedLanguageModel: made,
  funnelForSequenceClassification: made,
  funnelForTokenClassification: made,
  funnelForQuestionAnswering: made,
};
