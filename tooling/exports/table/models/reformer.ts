import { paddingOfLengths } from '@longspan/core-tensor';
import { tensor2d } from '@tensorflow/tfjs-core';
import { row, type Table } from '../../row.ts';
import { layerRow } from '../layers.ts';
import { nullsOfConfig } from './encoder.ts';

const config = (more: object = {}) => ({
  vocabSize: 9,
  hiddenSize: 4,
  numAttentionHeads: 2,
  attentionHeadSize: 2,
  feedForwardSize: 6,
  attnLayers: ['lsh', 'local'],
  axialPosShape: [2, 4],
  axialPosEmbdsDim: [1, 3],
  lshAttnChunkLength: 2,
  localAttnChunkLength: 2,
  hiddenDropoutProb: 0,
  localAttentionProbsDropoutProb: 0,
  ...more,
});
const wrapLayer = <L>(layer: L): L => layer;
const ids = () => tensor2d([[1, 2, 3, 0]], [1, 4], 'int32');
const contexts = [() => ({ padding: paddingOfLengths([3], 4), rounds: 2, hiddenStates: true })];
const made = (more?: object) =>
  layerRow([() => [config(more)], () => [config(more), { wrapLayer, keepEvery: 1, cache: false }]], ids, {
    contexts,
    accepts: nullsOfConfig,
  });

export const reformerTable: Table = {
  reformerConfig: row([() => [config()], () => [{ vocab_size: 9, num_hashes: 2 }]], nullsOfConfig),
  reformerModel: made(),
  reformerForCausalLanguageModel: made({ isDecoder: true }),
  reformerForMaskedLanguageModel: made(),
  reformerForQuestionAnswering: made(),
  reformerForSequenceClassification: made(),
};
