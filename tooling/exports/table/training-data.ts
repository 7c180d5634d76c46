import { createKey } from '@longspan/core-tensor';
import { row, type Table } from '../row.ts';

const options = () => ({ context: () => ({}), reset: (state: object) => state });

export const dataTable: Table = {
  batchesByLength: row([() => [[3, 1, 2], { tokens: 6, key: createKey(1) }]]),
  byteTokens: row([() => ['some text']], { '0': ['text'] }),
  dataAt: row([() => [() => undefined, options()]], { '1': ['record', 'bare'] }),
  dataFrom: row([() => [() => [], options()]], { '1': ['record', 'bare'] }),
  dataInEpochs: row([() => [() => [1], () => ({ ids: [1], shape: [1, 1] }), { ...options(), epochs: 2 }]], { '2': ['record', 'bare'] }),
  packRows: row([() => [[3, 1, 2], { length: 4 }]]),
  packedBatch: row([() => [[[1, 2], [3]], { length: 4 }]]),
  paddedBatch: row([() => [[[1, 2], [3]], { padToken: 1, multipleOf: 2 }]]),
  segments: row(
    [
      () => [
        [
          [1, 2, 3],
          [4, 5],
        ],
        { segmentLength: 2, batch: 2, position: 0 },
      ],
    ],
    { '1.position': ['2^53 - 1'] },
  ),
  splitByKey: row([() => [createKey(1), { train: 0.75, test: 0.25 }]], { '1.*': ['misspelt'] }),
  tracks: row([() => [[1, 2, 3, 4], 2]]),
  wordTokens: row([() => ['a b', { words: ['<unk>', '<eos>', 'a'] }]], { '0': ['text'] }),
  wordVocabulary: row([() => ['a b', { size: 3, minCount: 1 }]], { '0': ['text'] }),
};
