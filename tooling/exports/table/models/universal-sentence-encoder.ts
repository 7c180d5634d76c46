import { padding } from '@longspan/core-tensor';
import { tensor2d } from '@tensorflow/tfjs-core';
import { row, type Table } from '../../row.ts';
import { layerRow } from '../layers.ts';
import { nullsOfConfig } from './encoder.ts';

const config = () => ({
  vocabSize: 9,
  embeddingSize: 4,
  hiddenSize: 8,
  numHiddenLayers: 1,
  numAttentionHeads: 2,
  intermediateSize: 6,
  outputSize: 3,
});
const wrapLayer = <L>(layer: L): L => layer;

export const universalSentenceEncoderTable: Table = {
  universalSentenceEncoderConfig: row([() => [config()], () => [{ vocab_size: 9, max_timescale: 100 }]], nullsOfConfig),
  universalSentenceEncoderModel: layerRow(
    [() => [config()], () => [config(), { wrapLayer, blockSize: 8 }]],
    () => tensor2d([[1, 5, 2, 0]], [1, 4], 'int32'),
    { contexts: [() => ({ padding: padding([[1, 1, 1, 0]]), hiddenStates: true })], accepts: nullsOfConfig },
  ),
};
