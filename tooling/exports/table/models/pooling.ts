import { padding } from '@longspan/core-tensor';
import { ones } from '@tensorflow/tfjs-core';
import { row, type Table } from '../../row.ts';
import { layerRow } from '../layers.ts';

export const poolingTable: Table = {
  poolTokens: row([() => [ones([1, 3, 2]), { modes: ['mean', 'max'], padding: padding([[1, 1, 0]]), promptLength: 1 }]]),
  poolingConfig: row(
    [
      () => [{ embedding_dimension: 2, pooling_mode: 'mean', include_prompt: false }],
      () => [{ word_embedding_dimension: 2, pooling_mode_mean_tokens: true }],
    ],
    {
      '0': ['unknown'], // the file of another version
      '0.embedding_dimension': ['misspelt', '2^53 - 1'],
      '0.include_prompt': ['misspelt'],
      '0.word_embedding_dimension': ['misspelt', '2^53 - 1'],
    },
  ),
  sentenceLayer: layerRow(
    [
      () => [{ width: 2, modes: ['mean'] }],
      () => [
        {
          width: 2,
          modes: ['mean', 'max'],
          includePrompt: false,
          dense: [{ outFeatures: 3, bias: false, activation: 'relu' }],
          normalize: true,
        },
      ],
    ],
    () => ones([1, 3, 2]),
    { contexts: [() => ({ padding: padding([[1, 1, 0]]), promptLength: 1 })], applied: { '0': ['unknown'] } },
  ),
  unitLength: row([() => [ones([2, 3])]], { '0': ['empty'] }),
};
