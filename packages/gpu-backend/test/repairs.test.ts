import '@longspan/tooling/expect';
import {
  add,
  addN,
  cast,
  cos,
  cumsum,
  dispose,
  fill,
  grad,
  log,
  memory,
  mul,
  sin,
  slice,
  softmax,
  sub,
  sum,
  type Tensor,
  tensor,
  tensor1d,
  tidy,
  tile,
  transpose,
  where,
} from '@tensorflow/tfjs-core';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { registered } from './registered.ts';
import { webgpu } from './tfjs-parts.ts';
import { withLimits } from './with-limits.ts';

const range = (count: number): Int32Array => Int32Array.from({ length: count }, (_, at) => at);

/** Integers that the device computed, so that they lie there. */
const ints = (shape: number[]): Tensor =>
  mul(tensor(range(shape.reduce((one, other) => one * other)), shape, 'int32'), tensor(1, [], 'int32'));

const numbers = async (run: () => Tensor): Promise<number[]> => {
  const made = tidy(run);
  const values = [...(await made.data())];
  made.dispose();
  return values;
};

/** Index of [i, j, k] of [2, 3, 4], after the axes were reversed. */
const reversed = Array.from({ length: 24 }, (_, at) => (at % 2) * 12 + (Math.floor(at / 2) % 3) * 4 + Math.floor(at / 6));

/** Old numbers in the pool's buffers: what is never written would else hold the right ones, of the run before. */
async function fillPool(): Promise<void> {
  const old = [12, 24].flatMap((size) => Array.from({ length: 8 }, () => fill([size], 7, 'int32')));
  await Promise.all(old.map((each) => each.data()));
  dispose(old);
}

/** From 1e-30 to the largest float32, multiples of π/2 among them, both signs. */
const angles = Float32Array.from({ length: 3000 }, (_, at) =>
  at % 3 === 0 ? (at * Math.PI) / 2 : (-1) ** at * 10 ** ((at % 1000) / 14.8 - 30) * (1 + at / 3000),
);

/** The largest error of a function of angles. */
const offBy = async (ofTensor: (x: Tensor) => Tensor, ofNumber: (x: number) => number): Promise<number> => {
  const found = await numbers(() => ofTensor(add(tensor1d(angles), 0)));
  return Math.max(...found.map((each, at) => Math.abs(each - ofNumber(angles[at] as number))));
};

interface Repaired {
  readonly name: string;
  /** WGSL leaves open what tfjs relies on, so that some drivers are right without the repair; SwiftShader is not. */
  readonly isOpen?: true;
  readonly run: () => Promise<unknown>;
  readonly right: unknown;
}

const repaired: readonly Repaired[] = [
  { name: 'transpose of integers', run: () => numbers(() => transpose(ints([2, 3, 4]), [2, 1, 0])), right: reversed },
  { name: 'transpose of integers', run: () => numbers(() => sum(ints([2, 3, 4]), 0)), right: Array.from(range(12), (at) => 2 * at + 12) },
  {
    name: 'length of cumulative sums',
    run: async () => [
      await numbers(() => cumsum(tensor1d([1, 2, 3, 4]), 0, false, true)),
      await numbers(() => cumsum(tensor1d([1, 2, 3, 4, 5, 6]), 0, false, true)),
      await numbers(() => grad((x: Tensor) => sum(mul(cumsum(x), tensor1d([1, 2, 3, 4, 5]))))(tensor1d([0, 0, 0, 0, 0]))),
    ],
    right: [
      [10, 9, 7, 4],
      [21, 20, 18, 15, 11, 6],
      [15, 14, 12, 9, 5],
    ],
  },
  {
    name: 'rows of softmax',
    isOpen: true,
    // More rows than a grid is wide, which are 65,536 on a device as it is: minutes on a software adapter.
    run: () =>
      withLimits({ maxComputeWorkgroupsPerDimension: 7 }, async () => {
        const x = tensor(
          Float32Array.from({ length: 20 }, (_, at) => (at % 2) * Math.log(3)),
          [10, 2],
        );
        const last = await numbers(() => slice(softmax(x), [9, 0], [1, 2]));
        x.dispose();
        return last.map((each) => Math.round(100 * each) / 100);
      }),
    right: [0.25, 0.75],
  },
  {
    name: 'tile of many axes',
    run: () => numbers(() => tile(add(tensor([1, 2, 3, 4], [1, 2, 1, 2, 1]), 0), [1, 1, 2, 1, 2])),
    right: [1, 1, 2, 2, 1, 1, 2, 2, 3, 3, 4, 4, 3, 3, 4, 4],
  },
  {
    name: 'buffer of casts',
    run: async () => {
      const x = tidy(() => cast(ints([5]), 'float32'));
      const found = [webgpu().tensorMap.get(x.dataId).dtype, ...(await x.data())];
      x.dispose();
      return found;
    },
    right: ['float32', 0, 1, 2, 3, 4],
  },
  {
    name: 'logarithm of zero',
    isOpen: true,
    run: () => numbers(() => log(sub(tensor1d([1, 2, Math.E]), tensor1d([1, 1, 0])))),
    right: [Number.NEGATIVE_INFINITY, 0, expect.closeTo(1, 6)],
  },
  {
    name: 'sine and cosine',
    isOpen: true,
    run: async () => (await offBy(sin, Math.sin)) + (await offBy(cos, Math.cos)) < 2.5e-7,
    right: true,
  },
  {
    name: 'where of many axes',
    run: () => numbers(() => where(tensor([1, 0, 0, 1], [1, 2, 1, 2, 1], 'bool'), tensor([1, 2, 3, 4], [1, 2, 1, 2, 1]), 5)),
    right: [1, 5, 5, 4],
  },
  {
    name: 'sum of many tensors',
    run: () => numbers(() => addN(Array.from({ length: 40 }, (_, at) => add(fill([12], at), 0)))),
    right: new Array(12).fill(780),
  },
];

describe('what tfjs-backend-webgpu 4.22 computes wrongly', () => {
  // What tfjs says of its own mistakes belongs to the mistakes.
  beforeAll(() => void vi.spyOn(console, 'error').mockImplementation(() => {}));
  let unregister = (): void => {};
  afterEach(() => unregister());

  it.each(repaired)('$name: right with register(), wrong again after unregister()', async ({ name, isOpen, run, right }) => {
    const made = await registered();
    unregister = made.unregister;
    expect(made.repairs).toContain(name);
    expect(await run()).toEqual(right);
    made.unregister();
    await fillPool();
    const without = await run().catch((error: Error) => error.message);
    if (!isOpen || made.adapter.architecture === 'swiftshader') expect(without).not.toEqual(right);
    unregister = (await registered()).unregister;
    expect(await run()).toEqual(right);
  });

  it('repaired operations leave no tensors behind', async () => {
    unregister = (await registered()).unregister;
    const before = memory().numTensors;
    for (const { run } of repaired) await run();
    expect(memory().numTensors).toBe(before);
  });
});
