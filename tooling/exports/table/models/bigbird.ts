import { createKey, padding } from '@longspan/core-tensor';
import { tensor1d, tensor2d } from '@tensorflow/tfjs-core';
import { row, type Table } from '../../row.ts';
import { layerRow } from '../layers.ts';
import { nullsOfConfig } from './encoder.ts';

const sizes = { vocabSize: 9, hiddenSize: 4, numHiddenLayers: 1, numAttentionHeads: 2, intermediateSize: 6, hiddenDropoutProb: 0 };
const config = () => ({ ...sizes, blockSize: 1, numRandomBlocks: 0 });
const wrapLayer = <L>(layer: L): L => layer;
const ids = () => tensor2d([[1, 2, 3, 4, 5, 0]], [1, 6], 'int32');
const context = () => ({
  padding: padding([[1, 1, 1, 1, 1, 0]]),
  tokenTypes: tensor2d([[0, 0, 1, 1, 1, 0]], [1, 6], 'int32'),
  positions: tensor1d([0, 1, 2, 3, 4, 5], 'int32'),
});
const made = layerRow([() => [config()], () => [config(), { wrapLayer, blockSize: 8, randomBlocks: createKey(1) }]], ids, {
  contexts: [context],
  accepts: nullsOfConfig,
  applied: { '2.positions': ['rank'] }, // one list for all rows, or one for each
});

export const bigBirdTable: Table = {
  bigBirdConfig: row([() => [config()], () => [{ vocab_size: 9, attention_type: 'original_full' }]], nullsOfConfig),
  bigBirdModel: made,
  bigBirdForMaskedLanguageModel: made,
  bigBirdForCausalLanguageModel: made,
  bigBirdForSequenceClassification: made,
  bigBirdForQuestionAnswering: made,
};
