import { createKey } from '@longspan/core-tensor';
import { bert, bertModel } from '@longspan/models/bert';
import { row, type Table } from '../../row.ts';
import { sentence } from '../models.ts';

const config = { vocabSize: 9, hiddenSize: 4, numHiddenLayers: 1, numAttentionHeads: 2, intermediateSize: 6, maxPositionEmbeddings: 8 };
const wrapLayer = <L>(layer: L): L => layer;

export const toLongTable: Table = {
  toLong: row(
    [
      () => [
        {
          family: bert,
          head: 'model',
          config: bert.config(config),
          parameters: bertModel(config).init(createKey(0)),
          sentence: sentence(),
        },
        { maxPositions: 20, attentionWindow: 4, positionPeriod: 6, wrapLayer, blockSize: 8 },
      ],
    ],
    {
      '0': ['unknown'], // a pretrained model has more
      '0.config.*': ['null'],
      '0.head': ['misspelt'],
      '0.sentence': ['misspelt'],
    },
  ),
};
