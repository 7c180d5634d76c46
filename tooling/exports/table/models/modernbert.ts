import { documents } from '@longspan/attention-sparse';
import { padding } from '@longspan/core-tensor';
import { tensor2d } from '@tensorflow/tfjs-core';
import { row, type Table } from '../../row.ts';
import { layerRow } from '../layers.ts';
import { nullsOfConfig } from './encoder.ts';

const config = () => ({ vocabSize: 9, padTokenId: 1, hiddenSize: 4, numHiddenLayers: 2, numAttentionHeads: 2, intermediateSize: 6 });
const wrapLayer = <L>(layer: L): L => layer;
const ids = () => tensor2d([[0, 5, 2, 1]], [1, 4], 'int32');
const context = () => ({
  padding: padding([[1, 1, 1, 0]]),
  mask: documents([0, 0, 1, 1]),
});
const made = layerRow([() => [config()], () => [config(), { wrapLayer, blockSize: 8 }]], ids, {
  contexts: [context],
  accepts: nullsOfConfig,
});

export const modernbertTable: Table = {
  modernbertConfig: row([() => [config()], () => [{ vocab_size: 9 }]], nullsOfConfig),
  modernbertModel: made,
  modernbertForMaskedLanguageModel: made,
  modernbertForSequenceClassification: made,
  modernbertForTokenClassification: made,
  modernbertForQuestionAnswering: made,
};
