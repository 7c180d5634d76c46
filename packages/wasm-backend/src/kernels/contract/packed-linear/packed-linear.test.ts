import { setFlagsFromString } from 'node:v8';
import { applyLinear, createKey, normal, type PackedKind, packWeight, unpackWeight } from '@longspan/core-tensor';
import { dispose, grad, memory, mul, type Tensor, tensor2d, tidy } from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openBuild } from '../../../../test/builds.ts';
import type { KernelExports } from '../../../binary/load.ts';
import type { RuntimeOf } from '../../../runtime/runtime.ts';
import { addAll } from '../../kernel.ts';
import { float16LinearKernel, int8LinearKernel } from './packed-linear.ts';

setFlagsFromString('--no-liftoff'); // this compiler of V8 11.3 adds relaxed products of bytes twice

/** What kernels have allocated beside tensors, and the most of it at a time. */
const beside = { now: 0, most: 0 };
let leave = (): void => {};

/** The same runtime, which counts what jobs allocate, on a machine that computes sums of four products so. */
function counted(runtimeOf: RuntimeOf, fourProducts: KernelExports['fourProducts']): RuntimeOf {
  const sizes = new Map<number, number>();
  return (of) => {
    const runtime = runtimeOf(of);
    const allocate = (bytes: number): number => {
      const pointer = runtime.heap.allocate(bytes);
      sizes.set(pointer, bytes);
      beside.now += bytes;
      beside.most = Math.max(beside.most, beside.now);
      return pointer;
    };
    const free = (pointer: number): void => {
      beside.now -= sizes.get(pointer) ?? 0;
      runtime.heap.free(pointer);
    };
    return { ...runtime, kernels: { ...runtime.kernels, fourProducts }, heap: { ...runtime.heap, allocate, free } };
  };
}

const exact = (a: number, b: number): number => 4 * a * b;
const saturating = (a: number, b: number): number => 2 * Math.min(2 * a * b, 32_767);

/** Ways to multiply whole numbers, and what the largest number of a row becomes. */
const ways = [
  { name: '16 bits, plain SIMD', instructions: 'simd128', fourProducts: () => 0, largestNumber: 32_767 },
  { name: '16 bits, two products at a time', instructions: 'relaxed-simd', fourProducts: saturating, largestNumber: 32_767 },
  { name: '14 bits, in halves', instructions: 'relaxed-simd', fourProducts: exact, largestNumber: 8191 },
] as const;

describe.each(ways)('rows of $name', ({ instructions, fourProducts, largestNumber }) => {
  beforeAll(async () => {
    const { runtimeOf } = await openBuild({ instructions, threads: 1 });
    leave = addAll([float16LinearKernel, int8LinearKernel], counted(runtimeOf, fourProducts));
  });
  afterAll(() => leave());

  const size = 2048;

  it.each([
    ['float16', 2],
    ['int8', 1],
  ] as const)(
    'a weight in %s takes %i bytes a number, and no more than a slab of it is ever float32, forward or backward',
    async (kind: PackedKind, bytes) => {
      const [x, weight] = [normal(createKey('x'), [3, size]), normal(createKey('weight'), [size, size])];
      const before = memory().numBytes;
      const packed = await packWeight(weight, kind);
      expect(memory().numBytes - before).toBe(bytes * size * size + (kind === 'int8' ? 4 * size : 0));
      weight.dispose();
      beside.most = 0;
      dispose(tidy(() => grad((input: Tensor) => applyLinear(input, packed))(x)));
      expect(beside.most).toBeGreaterThan(2 ** 20);
      expect(beside.most).toBeLessThan(2 * 2 ** 20); // the whole weight would be 16 MiB
      expect(beside.now).toBe(0);
      dispose([x, packed.numbers]);
      packed.scale?.dispose();
    },
  );

  it.each([1, 2, 8])(
    'of %i rows of large numbers it stays finite where the product is: integers are scaled before they are multiplied, or sums by the column first',
    async (rows) => {
      const packed = await packWeight(tensor2d([[0.5, 0.25, 0.125, -0.5, 0.5]]), 'int8');
      const exact = await (await unpackWeight(packed)).data();
      const row = [3e38, -3e38, 1e37, 1e38, 1];
      const x = tensor2d(Array.from({ length: rows }, () => row));
      const y = await applyLinear(x, packed).data();
      const expected = row.reduce((sum, each, at) => sum + each * (exact[at] as number), 0);
      const rounded = rows > 2 ? roundedAway(3e38, exact) : 0;
      for (const each of y) expect(Math.abs(each - expected)).toBeLessThan(rounded + 1e-5 * expected);
    },
  );

  /** What a product of a row may be off by: each of its numbers by half of such a part of the largest. */
  const roundedAway = (largest: number, column: ArrayLike<number>): number =>
    (largest / (2 * largestNumber)) * Array.from(column).reduce((sum, each) => sum + Math.abs(each), 0);

  it('are off by no more than that rounds away of their own largest number, whatever the other rows hold', async () => {
    const [rows, width, out] = [7, 2051, 27];
    const x = normal(createKey('rows'), [rows, width]);
    const sizes = tensor2d([1e-20, 1e-3, 1, 0, 1e20, 1, 1], [rows, 1]);
    const scaled = mul(x, sizes);
    const packed = await packWeight(normal(createKey('columns'), [out, width]), 'int8');
    const weight = (await (await unpackWeight(packed)).array()) as number[][];
    const y = (await applyLinear(scaled, packed).array()) as number[][];
    const values = (await scaled.array()) as number[][];
    for (const [at, row] of values.entries()) {
      const largest = Math.max(...row.map(Math.abs));
      for (const [column, numbers] of weight.entries()) {
        const expected = row.reduce((sum, each, place) => sum + each * (numbers[place] as number), 0);
        const size = row.reduce((sum, each, place) => sum + Math.abs(each * (numbers[place] as number)), 0);
        expect(Math.abs((y[at]?.[column] as number) - expected)).toBeLessThanOrEqual(roundedAway(largest, numbers) + 1e-6 * size);
      }
    }
  });

  it('a row that holds NaN or infinity gives no number, and the others what they give alone', async () => {
    const packed = await packWeight(normal(createKey('columns'), [9, 16]), 'int8');
    const rows = [...Array(5).keys()].map((row) => [...Array(16).keys()].map((column) => Math.sin(16 * row + column)));
    const alone = (await applyLinear(tensor2d(rows), packed).array()) as number[][];
    const spoilt = rows.map((row, at) =>
      row.map((each, column) => (at === 1 && column === 3 ? Number.NaN : at === 3 && column === 0 ? Infinity : each)),
    );
    const y = (await applyLinear(tensor2d(spoilt), packed).array()) as number[][];
    for (const at of [0, 2, 4]) expect(y[at]).toEqual(alone[at]);
    for (const at of [1, 3]) expect(y[at]?.some(Number.isFinite)).toBe(false);
  });
});
