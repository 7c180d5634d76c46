import { type Tensor, zeros } from '@tensorflow/tfjs-core';
import * as all from '../src/index.ts';
import { everything, type Segments, segments } from '../src/mask/index.ts';

export const parts: Segments = segments({ a: 3, b: 5 });
export const routes: readonly all.SegmentRoute[] = [{ from: 'a', to: 'b', mask: everything(), topK: 1 }];
const branches = (k: Tensor, v: Tensor) => {
  const branch = { k, v };
  return { compression: branch, selection: branch, sliding: branch, gates: zeros([1, 2, 8, 3]) };
};
const sizes = { compressionLength: 2, compressionStride: 2, selectionLength: 2, selectedBlocks: 3, window: { left: 1 } };

type Attend = (q: Tensor, k: Tensor, v: Tensor, scale?: number) => unknown;

/** What users call, on q, k and v. */
export const functions: Readonly<Record<string, Attend>> = {
  sparseAttention: (q, k, v, scale) => all.sparseAttention(q, k, v, { scale }),
  denseAttention: (q, k, v, scale) => all.denseAttention(q, k, v, { scale }),
  blockTopKAttention: (q, k, v, scale) => all.blockTopKAttention(q, k, v, { topK: 1, blockSize: 2, scale }),
  topKAttention: (q, k, v, scale) => all.topKAttention(q, k, v, { topK: 1, scale }),
  mobaAttention: (q, k, v, scale) => all.mobaAttention(q, k, v, { topK: 1, blockSize: 2, scale }),
  nsaAttention: (q, k, v, scale) => all.nsaAttention(q, branches(k, v), { ...sizes, scale }),
  localAttention: (q, k, v, scale) => all.localAttention(q, k, v, { bucketSize: 2, scale }),
  localXposAttention: (q, k, v, scale) => all.localXposAttention(q, k, v, { bucketSize: 2, scale }),
  localAttentionAsPublished: (q, k, v, scale) => all.localAttentionAsPublished(q, k, v, { bucketSize: 2, scale }),
  applySegmentAttention: (q, k, v, scale) => all.applySegmentAttention(q, k, v, { segments: parts, routes, blockSize: 2, scale }),
};

/** What has no scale. */
export const withoutScale: Readonly<Record<string, Attend>> = {
  routingAttention: (q, k, v) =>
    all.routingAttention(q, k, v, {
      centroids: zeros([2, 2, 4]),
      clusterSize: 4,
      memory: { keys: zeros([2, 2, 1, 4]), values: zeros([2, 2, 1, 4]) },
    }),
};
