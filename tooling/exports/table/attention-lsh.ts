import { drawRotations } from '@longspan/attention-lsh';
import { createKey, padding } from '@longspan/core-tensor';
import { ones, zeros } from '@tensorflow/tfjs-core';
import { row, type Table } from '../row.ts';
import { layerRow } from './layers.ts';

const key = createKey(1);
const rotations = () => drawRotations(key, { heads: 2, headDim: 4, rounds: 2, bucketCount: 2 });
const padded = () => padding([[1, 1, 1, 1, 1, 1, 1, 0]]);
const q = () => ones([1, 2, 8, 4]);
const shared = { width: 4, heads: 2, headDim: 2, chunkLength: 4, chunksBefore: 1, chunksAfter: 0, causal: true, attentionDropout: 0.1 };

export const attentionLsh: Table = {
  lshAttention: row([
    () => [
      q(),
      q(),
      {
        chunkLength: 4,
        chunksBefore: 1,
        chunksAfter: 0,
        causal: true,
        rotations: rotations(),
        bucketCount: 2,
        padding: padded(),
        attentionDropout: { key, rate: 0.1 },
      },
    ],
    () => [q(), q(), { chunkLength: 4, buckets: zeros([1, 2, 2, 8], 'int32') }],
  ]),
  bucketCountFor: row([() => [{ length: 72, chunkLength: 8, maxLength: 128 }]]),
  bucketOrder: row([() => [zeros([1, 2, 2, 8], 'int32')]]),
  hashBuckets: row([() => [q(), rotations(), { bucketCount: 2, padding: padded() }]]),
  drawRotations: row([() => [key, { heads: 2, headDim: 4, rounds: 2, bucketCount: [4, 6] }]]),
  reformerAttention: layerRow([() => [{ ...shared, rounds: 2, bucketCount: 2, maxLength: 16, hashKey: key }]], () => ones([1, 8, 4]), {
    contexts: [
      () => ({ padding: padded(), rounds: 2 }),
      () => ({ rotations: drawRotations(key, { heads: 2, headDim: 2, rounds: 2, bucketCount: 2 }) }),
    ],
  }),
  reformerLocalAttention: layerRow([() => [shared]], () => ones([1, 8, 4]), { contexts: [() => ({ padding: padded() })] }),
};
