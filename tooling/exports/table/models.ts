import { bert, bertModel } from '@longspan/models/bert';
import { zeros } from '@tensorflow/tfjs-core';
import { row, type Table } from '../row.ts';

const config = () => ({ vocabSize: 9, hiddenSize: 4, numHiddenLayers: 1, numAttentionHeads: 2, intermediateSize: 6 });

export const modelsTable: Table = {
  modelParameters: row([() => [bert, bert.config(config()), bertModel(config()), { 'embeddings.LayerNorm.gamma': zeros([4]) }]], {
    '1.*': ['null'],
    '3.embeddings.LayerNorm.*': ['misspelt', 'rank', 'empty', 'dtype'], // shapes are the model's to check
  }),
};
