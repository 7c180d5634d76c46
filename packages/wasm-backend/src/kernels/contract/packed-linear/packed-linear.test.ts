import { applyLinear, createKey, normal, type PackedKind, packWeight, unpackWeight } from '@longspan/core-tensor';
import { dispose, grad, memory, type Tensor, tensor2d, tidy } from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openBuild } from '../../../../test/builds.ts';
import type { RuntimeOf } from '../../../runtime/runtime.ts';
import { addAll } from '../../kernel.ts';
import { float16LinearKernel, int8LinearKernel } from './packed-linear.ts';

/** What kernels have allocated beside tensors, and the most of it at a time. */
const beside = { now: 0, most: 0 };
let leave = (): void => {};

/** The same runtime, which counts what jobs allocate. */
function counted(runtimeOf: RuntimeOf): RuntimeOf {
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
    return { ...runtime, heap: { ...runtime.heap, allocate, free } };
  };
}

beforeAll(async () => {
  const { runtimeOf } = await openBuild({ instructions: 'simd128', threads: 1 });
  leave = addAll([float16LinearKernel, int8LinearKernel], counted(runtimeOf));
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
  'of %i rows of large numbers it stays finite where the product is: integers are scaled before they are multiplied',
  async (rows) => {
    const packed = await packWeight(tensor2d([[0.5, 0.25, 0.125, -0.5, 0.5]]), 'int8');
    const exact = await (await unpackWeight(packed)).data();
    const row = [3e38, -3e38, 1e37, 1e38, 1];
    const x = tensor2d(Array.from({ length: rows }, () => row));
    const y = await applyLinear(x, packed).data();
    const expected = row.reduce((sum, each, at) => sum + each * (exact[at] as number), 0);
    for (const each of y) expect(Math.abs(each / expected - 1)).toBeLessThan(1e-5);
  },
);
