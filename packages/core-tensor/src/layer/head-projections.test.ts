import { leaked, onBackends } from '@longspan/tooling/expect';
import { dispose, getBackend, grads, mul, ones, reshape, sum, type Tensor, tidy, zeros } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { ConfigError, ShapeError } from '../error/index.ts';
import { createKey } from '../key/index.ts';
import { normal } from '../tensor/random.ts';
import { packWeight } from '../weight/pack-weight.ts';
import { applyHeadProjections, type HeadProjection } from './head-projections.ts';
import { splitHeads } from './heads.ts';
import { applyLinear } from './linear.ts';

const key = createKey('head projections');
const drawn = (name: string, shape: number[]): Tensor => normal(key.fold(name), shape);
const x = () => drawn('x', [2, 3, 5]);
const heads = [4, 2, 2];
const parameters = (hasBias: boolean): Tensor[] =>
  heads.flatMap((count, at) => [drawn(`weight ${at}`, [3 * count, 5]), ...(hasBias ? [drawn(`bias ${at}`, [3 * count])] : [])]);
const projectionsOf = (given: readonly Tensor[]): HeadProjection[] => {
  const each = given.length / heads.length;
  return heads.map((count, at) => ({ weight: given[each * at] as Tensor, bias: each === 2 ? given[2 * at + 1] : undefined, heads: count }));
};
const oneByOne = (of: Tensor, projections: readonly HeadProjection[]): Tensor[] =>
  projections.map(({ weight, bias, heads: count }) => splitHeads(applyLinear(of, weight, bias), count));

/** The outputs, each by a cotangent of its own, added up. */
const weighted = (outputs: readonly Tensor[]): Tensor =>
  outputs.map((each, at) => sum(mul(each, drawn(`cotangent ${at}`, each.shape)))).reduce((one, other) => reshape(one.add(other), []));

onBackends('applyHeadProjections', () => {
  it.each([true, false])('has the bits of a linear map and a cut for each, and so have its gradients: biases %s', async (hasBias) => {
    const given = [x(), ...parameters(hasBias)];
    const [ours, theirs] = [applyHeadProjections, oneByOne].map((run) => {
      const loss = (of: Tensor, ...all: Tensor[]): Tensor => weighted(run(of, projectionsOf(all)));
      return [...run(given[0] as Tensor, projectionsOf(given.slice(1))), ...grads(loss as never)(given)] as Tensor[];
    }) as [Tensor[], Tensor[]];
    expect(ours.map(({ shape }) => shape)).toEqual(theirs.map(({ shape }) => shape));
    for (const [at, each] of theirs.entries()) expect(await (ours[at] as Tensor).data(), `${at}`).toEqual(await each.data());
  });

  it('leaks nothing, forward and backward', async () => {
    const given = [x(), ...parameters(true)];
    const run = (of: Tensor, ...all: Tensor[]): Tensor[] => applyHeadProjections(of, projectionsOf(all));
    expect(await leaked(() => run(...(given as [Tensor])))).toEqual({ tensors: 0, buffers: 0 });
    const loss = (of: Tensor, ...all: Tensor[]): Tensor => weighted(run(of, ...all));
    expect(await leaked(() => grads(loss as never)(given))).toEqual({ tensors: 0, buffers: 0 });
  });

  it('takes weights of which some are packed, and biases of which some are missing', async () => {
    const [query, , key_, bias] = parameters(true) as [Tensor, Tensor, Tensor, Tensor];
    const packed = getBackend() === 'webgl' ? key_ : await packWeight(key_, 'float16');
    const projections = [
      { weight: query, heads: 4 },
      { weight: packed, bias, heads: 2 },
    ];
    const expected = oneByOne(x(), projections);
    for (const [at, each] of applyHeadProjections(x(), projections).entries()) {
      expect(await each.data()).toEqual(await (expected[at] as Tensor).data());
    }
  });
});

describe('applyHeadProjections', () => {
  const thrown = (run: () => unknown): unknown => {
    try {
      return run();
    } catch (error) {
      return error;
    }
  };

  it('names what does not fit', () => {
    const call = (of: Tensor, ...projections: HeadProjection[]) => thrown(() => tidy(() => dispose(applyHeadProjections(of, projections))));
    expect(call(zeros([1, 2, 5]), { weight: ones([6, 5]), heads: 4 })).toEqual(
      new ShapeError({
        caller: 'applyHeadProjections',
        problem: 'the rows of projections[0].weight must be a multiple of its heads.',
        expected: '[4 · headDim, 5]',
        got: '[6, 5]',
        remedy: 'give heads that divide the features, or the weight of all heads.',
      }),
    );
    expect(call(zeros([1, 2, 5]))).toEqual(
      new ConfigError({
        caller: 'applyHeadProjections',
        problem: 'projections must be a list of 1 to 3.',
        expected: '[{ weight, bias, heads }, …]: queries, keys and values, or some of them',
        got: '0 of them',
        remedy: 'call once for each input that is projected.',
      }),
    );
    expect(call(zeros([1, 2, 4]), { weight: ones([6, 5]), heads: 2 })).toEqual(
      new ShapeError({
        caller: 'applyHeadProjections',
        problem: 'x must have the shape [..., 5].',
        expected: '[..., 5]  (set by projections[0].weight)',
        got: '[1, 2, 4]',
        remedy: 'give x 5 along its last axis, or check projections[0].weight.',
      }),
    );
  });
});
