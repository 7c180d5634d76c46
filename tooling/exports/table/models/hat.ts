import { padding } from '@longspan/core-tensor';
import { tensor1d, tensor2d } from '@tensorflow/tfjs-core';
import { row, type Table } from '../../row.ts';
import { layerRow } from '../layers.ts';
import { nullsOfConfig } from './encoder.ts';

const sizes = { vocabSize: 9, hiddenSize: 4, numHiddenLayers: 1, numAttentionHeads: 2, intermediateSize: 6, hiddenDropoutProb: 0 };
const encoderLayout = { 0: { sentence_encoder: true, document_encoder: true } };
const config = () => ({ ...sizes, maxSentenceLength: 2, encoderLayout });
const wrapLayer = <L>(layer: L): L => layer;
const ids = () => tensor2d([[1, 5, 2, 0]], [1, 4], 'int32');
const context = () => ({
  padding: padding([[1, 1, 1, 0]]),
  tokenTypes: tensor2d([[0, 0, 1, 0]], [1, 4], 'int32'),
  positions: tensor1d([1, 2, 1, 0], 'int32'),
});
const made = layerRow([() => [config()], () => [config(), { wrapLayer, blockSize: 8 }]], ids, {
  contexts: [context],
  accepts: nullsOfConfig,
  applied: { '2.positions': ['rank'] }, // one list for all rows, or one for each
});

export const hatTable: Table = {
  hatConfig: row([() => [config()], () => [{ vocab_size: 9, num_hidden_layers: 1, encoder_layout: encoderLayout }]], nullsOfConfig),
  hatModel: made,
  hatForMaskedLanguageModel: made,
  hatForSequenceClassification: made,
  hatForSentenceClassification: made,
};
