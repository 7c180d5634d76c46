import { padding } from '@longspan/core-tensor';
import { tensor1d, tensor2d } from '@tensorflow/tfjs-core';
import { type Accepted, row, type Table } from '../../row.ts';
import { layerRow } from '../layers.ts';

/** null is how Python writes "not given", in a config's file and so in a config. */
export const nullsOfConfig: Accepted = { '0.*': ['null'] };

const config = () => ({ vocabSize: 9, hiddenSize: 4, numHiddenLayers: 1, numAttentionHeads: 2, intermediateSize: 6, hiddenDropoutProb: 0 });
const wrapLayer = <L>(layer: L): L => layer;
const ids = () => tensor2d([[1, 2, 3, 0]], [1, 4], 'int32');
const context = () => ({
  padding: padding([[1, 1, 1, 0]]),
  tokenTypes: tensor2d([[0, 0, 1, 0]], [1, 4], 'int32'),
  positions: tensor1d([0, 1, 2, 3], 'int32'),
});
const made = layerRow([() => [config()], () => [config(), { wrapLayer, blockSize: 8 }]], ids, {
  contexts: [context],
  accepts: nullsOfConfig,
  applied: { '2.positions': ['rank'] }, // one list for all rows, or one for each
});

export const bertTable: Table = {
  bertConfig: row([() => [config()], () => [{ vocab_size: 9, hidden_size: 4 }]], nullsOfConfig),
  bertModel: made,
  bertForMaskedLanguageModel: made,
  bertForSequenceClassification: made,
  bertForTokenClassification: made,
  bertForQuestionAnswering: made,
};
