import { createKey, normal } from '@longspan/core-tensor';
import { withBackend } from '@longspan/tooling/expect';
import { cast, zeros } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import * as all from '../src/index.ts';
import { causal, everything, nothing, perHead } from '../src/mask/index.ts';
import { functions, withoutScale } from './attention-calls.ts';

beforeAll(() => withBackend('cpu'));

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
