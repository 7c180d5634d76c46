import * as core from '@longspan/core-tensor';
import { tensor2d } from '@tensorflow/tfjs-core';
import type { Table } from '../../row.ts';
import { anyRank, layerRow } from '../layers.ts';

const ids = () => tensor2d([[1, 2, 3]], [1, 3], 'int32');

export const languageModelTable: Table = {
  languageModel: layerRow(
    [
      () => [
        {
          vocabulary: 5,
          width: 4,
          layers: { one: core.linear({ inFeatures: 4, outFeatures: 4 }) },
          positions: core.learnedPositions({ length: 8, width: 4 }),
          norm: core.layerNorm({ width: 4 }),
          tied: false,
          lossChunkLength: 2,
          standardDeviation: 0.1,
        },
      ],
    ],
    ids,
    { contexts: [() => ({ position: 1 })], accepts: { '0.layers.*': ['misspelt'] }, applied: anyRank },
  ),
};
