import { everything, slidingWindow } from '@longspan/attention-sparse';
import { createKey } from '@longspan/core-tensor';
import { bert, bertModel } from '@longspan/models/bert';
import { row, type Table } from '../../row.ts';

const config = { vocabSize: 9, hiddenSize: 4, numHiddenLayers: 1, numAttentionHeads: 2, intermediateSize: 6, maxPositionEmbeddings: 8 };
const wrapLayer = <L>(layer: L): L => layer;
const sizes = { queries: 4, length: 16, blockSize: 8, wrapLayer };

export const sparsifyTable: Table = {
  sparsify: row(
    [
      () => {
        const model = bertModel(config);
        return [
          { family: bert, head: 'model', config: bert.config(config), parameters: model.init(createKey(0)), model },
          { sample: [[1, 2, 3, 4]], recall: 0.5, candidates: [slidingWindow({ left: 1, right: 1 }), everything()], ...sizes },
        ];
      },
    ],
    {
      '0': ['unknown'], // a pretrained model has more
      '0.config.*': ['null'],
    },
  ),
};
