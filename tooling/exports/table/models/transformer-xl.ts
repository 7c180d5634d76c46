import { ones, tensor2d } from '@tensorflow/tfjs-core';
import { row, type Table } from '../../row.ts';
import { layerRow } from '../layers.ts';
import { nullsOfConfig } from './encoder.ts';

const wrapLayer = <L>(layer: L): L => layer;
const ids = () => tensor2d([[1, 8, 2]], [1, 3], 'int32');
const config = () => ({
  vocabSize: 10,
  cutoffs: [6],
  dModel: 4,
  dEmbed: 4,
  nHead: 2,
  dHead: 2,
  dInner: 6,
  divVal: 1,
  nLayer: 1,
  memLen: 3,
  dropout: 0,
});
const sizes = {
  vocabulary: 10,
  width: 4,
  embeddingWidth: 4,
  cutoffs: [6],
  widthDivisor: 2,
  tiedTables: true,
  tiedProjections: [true, false],
  ignoreIndex: -1,
  heads: 2,
  headDim: 2,
  window: { left: 3 },
  maxDistance: 4,
  sharedBiases: false,
  attentionDropout: 0.1,
  blockSize: 2,
  memoryLength: 3,
  memoryStart: 'zeros',
  normalization: 'pre',
  epsilon: 1e-5,
  hiddenDropout: 0.1,
  layers: 1,
  innerWidth: 6,
  wrapLayer,
};
const contexts = [() => ({ r: ones([4, 4]), hiddenStates: true })];
const made = layerRow([() => [config()], () => [config(), { wrapLayer, blockSize: 8, memoryStart: 'empty', memoryLength: 2 }]], ids, {
  contexts,
  accepts: nullsOfConfig,
});

export const transformerXlTable: Table = {
  transformerXlConfig: row([() => [config()], () => [{ vocab_size: 10, mem_len: 4 }]], nullsOfConfig),
  transformerXlModel: made,
  transformerXlForCausalLanguageModel: made,
  xlLanguageModel: layerRow([() => [sizes]], ids, {
    accepts: { '0.ignoreIndex': ['-1'] },
    contexts: [() => ({ targets: [1, 2, 3] }), () => ({ targets: ids() })],
  }),
};
