import { padding } from '@longspan/core-tensor';
import { tensor1d, tensor2d } from '@tensorflow/tfjs-core';
import { row, type Table } from '../../row.ts';
import { layerRow } from '../layers.ts';
import { nullsOfConfig } from './encoder.ts';

const sizes = { vocabSize: 9, hiddenSize: 4, numHiddenLayers: 1, numAttentionHeads: 2, intermediateSize: 6, hiddenDropoutProb: 0 };
const config = () => ({ ...sizes, attentionWindow: 2 });
const wrapLayer = <L>(layer: L): L => layer;
const ids = () => tensor2d([[0, 5, 2, 1]], [1, 4], 'int32');
const context = () => ({
  padding: padding([[1, 1, 1, 0]]),
  globals: [0],
  tokenTypes: tensor2d([[0, 0, 1, 0]], [1, 4], 'int32'),
  positions: tensor1d([2, 3, 4, 1], 'int32'),
});
const made = layerRow([() => [config()], () => [config(), { wrapLayer, blockSize: 8 }]], ids, {
  contexts: [context],
  accepts: nullsOfConfig,
  applied: { '2.positions': ['rank'] }, // one list for all rows, or one for each
});

export const longformerTable: Table = {
  longformerConfig: row([() => [config()], () => [{ vocab_size: 9, attention_window: [2, 4], num_hidden_layers: 2 }]], nullsOfConfig),
  longformerModel: made,
  longformerForMaskedLanguageModel: made,
  longformerForSequenceClassification: made,
  longformerForTokenClassification: made,
  longformerForQuestionAnswering: made,
  questionTokens: row([() => [[[0, 7, 2, 2, 9, 2]], { sepTokenId: 2 }]], { 1: ['unknown'] }), // a whole config
};
