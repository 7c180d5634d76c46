import { paddingOfLengths } from '@longspan/core-tensor';
import { tensor2d } from '@tensorflow/tfjs-core';
import { row, type Table } from '../../row.ts';
import { layerRow } from '../layers.ts';
import { nullsOfConfig } from './encoder.ts';

const ids = () => tensor2d([[1, 2, 3]], [1, 3], 'int32');
const contexts = [() => ({ padding: paddingOfLengths([2], 3) })];
const sizes = { width: 4, heads: 2, innerWidth: 6, tokenLayers: [1, 1], hierarchy: '1@2', epsilon: 1e-6, cache: false, chunkLength: 2 };
const config = () => ({ vocabSize: 5, dModel: 4, dFf: 6, nHeads: 2, hierarchy: '1@2' });
const wrapLayer = <L>(layer: L): L => layer;

export const hourglassTable: Table = {
  // What a palindrome is, the model says.
  hourglassConfig: row([() => [config()], () => [{ vocab_size: 5, n_heads: 2 }]], { ...nullsOfConfig, '0.hierarchy': ['null', 'text'] }),
  hourglassForCausalLanguageModel: layerRow([() => [config()], () => [config(), { wrapLayer, cache: false, chunkLength: 2 }]], ids, {
    contexts,
    accepts: nullsOfConfig,
  }),
  hourglassLanguageModel: layerRow([() => [{ ...sizes, vocabulary: 5, shift: 1 }]], ids, { contexts }),
};
