import { causal, explain, type SparseAttentionOptions, slidingWindow, sparseAttention } from '@longspan/attention-sparse';
import { alibi, createKey, distanceBias, normal, relativePositions } from '@longspan/core-tensor';
import { expectClose } from '@longspan/tooling/expect';
import { add, dispose, grads, mul, sum, type Tensor, tidy } from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { registered } from './registered.ts';
import { webgpu } from './tfjs-parts.ts';
import { withLimits } from './with-limits.ts';

let leave = (): void => {};
beforeAll(async () => {
  leave = (await registered()).unregister;
});
afterAll(() => leave());

const drawn = (name: string, shape: number[]): Tensor => normal(createKey(name), shape);

interface Case {
  readonly label: string;
  /** [b, h, n, d], and the heads of keys, their tokens and the size of values. */
  readonly query: number[];
  readonly keys: readonly [heads: number, length: number, valueDim: number];
  readonly learned?: () => Tensor[];
  readonly options: (learned: readonly Tensor[]) => SparseAttentionOptions;
}

const cases: readonly Case[] = [
  {
    label: 'grouped heads, rows that begin between the multiples',
    query: [2, 4, 67, 5],
    keys: [2, 59, 3],
    options: () => ({ mask: slidingWindow({ left: 9, right: 3 }), blockSize: 8 }),
  },
  { label: 'rows of vec4s, wide values', query: [3, 2, 90, 8], keys: [2, 90, 132], options: () => ({ mask: causal(), blockSize: 8 }) },
  {
    label: 'learned terms',
    query: [8, 3, 70, 6],
    keys: [3, 70, 6],
    learned: () => [drawn('table', [3, 30]), drawn('slopes', [3]), drawn('r', [3, 70, 6]), drawn('u', [3, 6]), drawn('w', [3, 6])],
    options: ([table, slopes, r, u, v]) => ({
      mask: causal(),
      blockSize: 8,
      score: [
        relativePositions({ r: r as Tensor, u: u as Tensor, v: v as Tensor }),
        distanceBias(table as Tensor, { center: 20 }),
        alibi(slopes as Tensor),
      ],
    }),
  },
];

/** Out, log-sum-exp and all gradients. */
async function results({ query, keys: [heads, length, valueDim], learned = () => [], options }: Case): Promise<Float32Array[]> {
  const given = [
    drawn('q', query),
    drawn('k', [query[0] as number, heads, length, query[3] as number]),
    drawn('v', [query[0] as number, heads, length, valueDim]),
    ...learned(),
  ];
  const made = tidy(() => {
    const run = ([q, k, v, ...rest]: Tensor[]) => sparseAttention(q as Tensor, k as Tensor, v as Tensor, options(rest));
    const { out, logSumExp } = run(given);
    const loss = (...all: Tensor[]): Tensor => {
      const ofAll = run(all);
      return add(sum(mul(ofAll.out, ofAll.out)), sum(ofAll.logSumExp));
    };
    return [out, logSumExp, ...grads(loss)(given)];
  });
  return Promise.all(made.map((each) => each.data() as Promise<Float32Array>));
}

describe('a device that binds less than the tensors have, and takes small grids', () => {
  it.each(cases)('gives the same, part by part: $label', async (each) => {
    const whole = await results(each);
    const { query, keys } = each;
    const group =
      4 * Math.max(((query[1] as number) / keys[0]) * (query[2] as number) * Math.max(query[3] as number, keys[2], 4), keys[1] * keys[2]);
    const enough = each.learned ? 27_000 : group + webgpu().device.limits.minStorageBufferOffsetAlignment; // of the pairs of one sequence
    const parted = await withLimits({ maxStorageBufferBindingSize: enough, maxComputeWorkgroupsPerDimension: 8 }, () => results(each));
    const isShared = (at: number): boolean => at > 4; // what all sequences share is added up part by part
    for (const [at, values] of parted.entries()) {
      const expected = whole[at] as Float32Array;
      if (isShared(at)) expectClose(values, expected, { atol: 1e-5, rtol: 1e-5 });
      else expect(values).toEqual(expected);
    }
  });

  it('takes as many sequences at a time as fit, and refuses where not one does', async () => {
    const x = drawn('x', [2, 4, 40, 8]);
    await mul(x, 1).data();
    const options: SparseAttentionOptions = { mask: causal(), blockSize: 16 };
    const dispatches = (): number => {
      const made = vi.spyOn(webgpu().device, 'createBindGroup');
      tidy(() => void sparseAttention(x, x, x, options));
      const { length } = made.mock.calls;
      made.mockRestore();
      return length;
    };
    expect(dispatches()).toBe(1);
    const one = 4 * 40 * 8;
    const { minStorageBufferOffsetAlignment: step } = webgpu().device.limits;
    await withLimits({ maxStorageBufferBindingSize: 2 * one + step }, async () => expect(dispatches()).toBe(4));
    await withLimits({ maxStorageBufferBindingSize: one }, async () => {
      const reason = `one of its bindings has ${one + step} bytes, and the device binds ${one}`;
      expect(explain(x, x, x, options).reason).toContain(reason);
    });
    dispose(x);
  });
});
