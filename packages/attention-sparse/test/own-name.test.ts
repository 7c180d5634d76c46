import { createKey, normal } from '@longspan/core-tensor';
import { withBackend } from '@longspan/tooling/expect';
import { cast, type Tensor, zeros } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import * as all from '../src/index.ts';
import { causal, everything, nothing, perHead, segments } from '../src/mask/index.ts';

beforeAll(() => withBackend('cpu'));

const parts = segments({ a: 3, b: 5 });
const routes = [{ from: 'a', to: 'b', mask: everything(), topK: 1 }];
const branches = (k: Tensor, v: Tensor) => {
  const branch = { k, v };
  return { compression: branch, selection: branch, sliding: branch, gates: zeros([1, 2, 8, 3]) };
};
const sizes = { compressionLength: 2, compressionStride: 2, selectionLength: 2, selectedBlocks: 3, window: { left: 1 } };

type Attend = (q: Tensor, k: Tensor, v: Tensor, scale?: number) => unknown;

/** What users call, on q, k and v. */
const functions: Readonly<Record<string, Attend>> = {
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
const withoutScale: Readonly<Record<string, Attend>> = {
  routingAttention: (q, k, v) =>
    all.routingAttention(q, k, v, {
      centroids: zeros([2, 2, 4]),
      clusterSize: 4,
      memory: { keys: zeros([2, 2, 1, 4]), values: zeros([2, 2, 1, 4]) },
    }),
};

describe('a wrong argument of attention is named by the function that was called', () => {
  const x = () => normal(createKey(0), [1, 2, 8, 4]);

  it.each(Object.entries({ ...functions, ...withoutScale }))('%s: a dtype', (name, attend) => {
    expect(() => attend(cast(x(), 'int32'), x(), x())).toThrow(`${name}: q must be float32.`);
  });

  it.each(Object.entries({ ...functions, ...withoutScale }))('%s: a shape', (name, attend) => {
    expect(() => attend(x(), x(), zeros([1, 2, 7, 4]))).toThrow(new RegExp(`^${name}: .*v must have the shape \\[`));
  });

  it.each(Object.entries(functions))('%s: a scale', (name, attend) => {
    expect(() => attend(x(), x(), x(), Number.NaN)).toThrow(`${name}: scale must be a finite number.`);
  });

  it('sparseAttention: a block size', () => {
    expect(() => all.sparseAttention(x(), x(), x(), { blockSize: 0 })).toThrow(
      'sparseAttention: blockSize must be an integer from 1 to 4096.',
    );
  });

  it('attentionWeights: a query, a log-sum-exp', () => {
    const weights = (options: object) => () => all.attentionWeights(x(), x(), options as all.AttentionWeightsOptions);
    expect(weights({ logSumExp: zeros([1, 2, 8]), queries: [8] })).toThrow('attentionWeights: queries must be indices of q.');
    expect(weights({ logSumExp: zeros([1, 2, 7]), queries: [0] })).toThrow('attentionWeights: logSumExp must have');
    expect(weights({ queries: [0] })).toThrow('attentionWeights: logSumExp must be given.');
    expect(weights({ logSumExp: zeros([1, 2, 8]) })).toThrow('attentionWeights: queries must be a list.');
  });

  it('a layer: a mask for other heads', () => {
    const layer = all.multiHeadAttention({ width: 4, heads: 2, mask: perHead([causal(), nothing(), everything()]) });
    expect(() => layer.apply(layer.init(createKey(0)), zeros([1, 3, 4]))).toThrow(
      'multiHeadAttention: the layout must be made for these sizes.',
    );
  });
});
