import { createKey, normal } from '@longspan/core-tensor';
import { anyMask } from '@longspan/tooling/arbitrary';
import { effort, expectClose, leaked, onBackends } from '@longspan/tooling/expect';
import { grad, mul, norm, slice, sub, type Tensor, tensor, zeros } from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { attentionWeights } from '../attention/attention-weights.ts';
import { sparseAttention } from '../attention/sparse-attention.ts';
import { causal, everything, keysAt, type Mask, nothing, slidingWindow } from '../mask/index.ts';
import { mobaAttention } from '../selection/moba.ts';
import { droppedMass } from './dropped-mass.ts';

const [b, h, hkv, nq, nk, d, dv] = [2, 4, 2, 11, 17, 6, 5];
const drawn = (seed: number, spread = 1): [Tensor, Tensor, Tensor] => {
  const key = createKey(seed);
  return [
    mul(normal(key.fold('q'), [b, h, nq, d]), spread),
    normal(key.fold('k'), [b, hkv, nk, d]),
    normal(key.fold('v'), [b, hkv, nk, dv], { mean: 3 }),
  ];
};

/** The mass that a mask leaves out, from the softmax weights themselves: [b, h, nq]. */
async function leftOut(q: Tensor, k: Tensor, of: Mask, logSumExp: Tensor, mask: Mask): Promise<number[]> {
  const all = { mask: of, logSumExp, queries: Array.from({ length: nq }, (_, query) => query) };
  const { keys, weights } = attentionWeights(q, k, all);
  const [keyList, weightList] = [(await keys.array()) as number[][][][], (await weights.array()) as number[][][][]];
  return weightList.flatMap((heads, row) =>
    heads.flatMap((queries, head) =>
      queries.map((list, query) =>
        list.reduce((sum, weight, at) => {
          const key = keyList[row]![head]![query]![at]!;
          return key < 0 || mask.allows(query + nk - nq, key) ? sum : sum + weight;
        }, 0),
      ),
    ),
  );
}

const lengths = (x: Tensor): Promise<Float32Array> => norm(x, 'euclidean', 3).data<'float32'>();

onBackends('droppedMass', () => {
  it('is the softmax mass on the keys left out, and bounds the error of the output, for any mask', async () => {
    await fc.assert(
      fc.asyncProperty(anyMask, fc.boolean(), fc.integer(), fc.constantFrom(0.1, 1, 4), async (mask, isCausal, seed, spread) => {
        const of = isCausal ? causal() : everything();
        const [q, k, v] = drawn(seed, spread);
        const whole = sparseAttention(q, k, v, { mask: of, blockSize: 4 });
        const part = sparseAttention(q, k, v, { mask: of.and(mask), blockSize: 4 });
        const { mass, bound } = droppedMass(part, whole, v);
        expectClose(await mass.data(), await leftOut(q, k, of, whole.logSumExp, mask), { atol: 5e-6, rtol: 0 }, mask.name);
        const [errors, bounds] = [await lengths(sub(part.out, whole.out)), await bound.data()];
        for (const [at, error] of errors.entries()) expect(error).toBeLessThanOrEqual(bounds[at]! * (1 + 1e-5) + 2e-5);
      }),
      { numRuns: effort(5, 15) },
    );
  });

  it('has the gradient 0 where the output, or all values, are at the center', async () => {
    // One key: the center is its value, so both lengths are 0. Two keys of scores 0: the output of both is the center.
    const [q, one] = [zeros([1, 1, 1, 2]), tensor([3, 4], [1, 1, 1, 2])];
    const boundOf = (k: Tensor, v: Tensor, mask: Mask): Tensor =>
      droppedMass(sparseAttention(q, k, v, { mask }), sparseAttention(q, k, v), v).bound;
    expect([...(await grad((v: Tensor) => boundOf(zeros([1, 1, 1, 2]), v, everything()))(one).data())]).toEqual([0, 0]);
    const two = tensor([0, 1, 4, 1], [1, 1, 2, 2]);
    const gradient = await grad((v: Tensor) => boundOf(zeros([1, 1, 2, 2]), v, keysAt([0])))(two).data();
    // δ = 1/2; center [2, 1], radius 2 (both keys), and the kept output [0, 1] is 2 away: slopes of the second feature are 0, not NaN.
    expect([...gradient].every(Number.isFinite)).toBe(true);
    expect([gradient[1], gradient[3]]).toEqual([0, 0]);
  });

  it('holds for blocks chosen at run time, and is within a factor that says something', async () => {
    const shape = [1, 2, 64, 8];
    const [q, k, v] = ['q', 'k', 'v'].map((name) => normal(createKey(name), shape)) as [Tensor, Tensor, Tensor];
    const whole = sparseAttention(q, k, v, { mask: causal() });
    const part = mobaAttention(q, k, v, { blockSize: 8, topK: 2, causal: true });
    const { mass, bound } = droppedMass(part, whole, v);
    const [errors, bounds, masses] = [await lengths(sub(part.out, whole.out)), await bound.data(), await mass.data()];
    for (const [at, error] of errors.entries()) expect(error).toBeLessThanOrEqual(bounds[at]! + 1e-5);
    const late = Array.from(masses.keys()).filter((at) => at % 64 >= 32);
    expect(Math.min(...late.map((at) => masses[at]!))).toBeGreaterThan(0.01);
    const mean = (list: ArrayLike<number>): number => late.reduce((sum, at) => sum + list[at]!, 0) / late.length;
    expect(mean(bounds) / mean(errors)).toBeLessThan(20); // a mean of many random values is near their middle: the usual case
  });

  it('is reached by two keys of the same score of which one is left out, whatever their values', async () => {
    const values = tensor([1, -2, 30, 5, 2, 3], [1, 1, 2, 3]);
    const [q, k] = [normal(createKey(1), [1, 2, 3, 4]), zeros([1, 1, 2, 4])];
    const whole = sparseAttention(q, k, values);
    for (const key of [0, 1]) {
      const part = sparseAttention(q, k, values, { mask: keysAt([key]) });
      const { mass, bound } = droppedMass(part, whole, values);
      expectClose(await mass.data(), new Array(6).fill(0.5), { atol: 1e-6, rtol: 0 });
      expectClose(await bound.data(), await lengths(sub(part.out, whole.out)), { atol: 0, rtol: 1e-6 });
    }
  });

  it('is 0 where nothing is left out or nothing was to be seen, and 1 where all is left out', async () => {
    const [q, k, v] = drawn(5);
    const blindAtFirst = causal().and(keysAt([9, 12]));
    const whole = sparseAttention(q, k, v, { mask: blindAtFirst }); // queries stand at 6 …, so the first three see nothing
    const same = droppedMass(whole, whole, v);
    expect(new Set([...(await same.mass.data()), ...(await same.bound.data())])).toEqual(new Set([0]));
    const none = droppedMass(sparseAttention(q, k, v, { mask: nothing() }), whole, v);
    const expected = Array.from({ length: b * h * nq }, (_, at) => (at % nq < 3 ? 0 : 1));
    expect([...(await none.mass.data())]).toEqual(expected);
    const [bounds, errors] = [await none.bound.data(), await lengths(whole.out)];
    for (const [at, error] of errors.entries()) expect(error).toBeLessThanOrEqual(bounds[at]!);
  });

  it('refuses values that do not belong to the output, and leaves no tensor behind', async () => {
    const [q, k, v] = drawn(6);
    const part = sparseAttention(q, k, v, { mask: slidingWindow({ left: 2, right: 0 }) });
    expect(await leaked(() => ({ ...droppedMass(part, part, v) }))).toEqual({ tensors: 0, buffers: 0 });
    expect(() =>
      droppedMass(part, part, zeros([b, 3, nk, dv])),
    ).toThrow(`droppedMass: the number of query heads must be a multiple of the number of key heads.
  expected  h a multiple of hkv=3 (set by v)
  got       h=4 (set by part.out)
  remedy    give keys and values a number of heads that divides 4.`);
    expect(() => droppedMass(part, part, slice(v, [0, 0, 0, 0], [b, hkv, nk, 3]))).toThrow('droppedMass: v must have the shape [');
  });
});
