import { leaked, onBackends } from '@longspan/tooling/expect';
import { expect, it } from 'vitest';
import { FileError } from '../error/index.ts';
import { readSafetensors, type SafetensorsEntry } from './read.ts';
import { toTensor } from './to-tensor.ts';
import { type SafetensorsTensor, writeSafetensors } from './write.ts';

function entryOf(tensor: SafetensorsTensor): { file: Uint8Array; entry: SafetensorsEntry } {
  const file = writeSafetensors({ tensors: { w: tensor } });
  return { file, entry: readSafetensors(file).tensors.get('w') as SafetensorsEntry };
}

const special = [0.5, -0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN, 2 ** -24];

onBackends('toTensor', () => {
  it.each<[SafetensorsTensor, string, number[]]>([
    [{ dtype: 'F32', shape: [2, 3], values: Float32Array.from(special) }, 'float32', special],
    [{ dtype: 'F16', shape: [3, 2], values: Float32Array.from(special) }, 'float32', special],
    [{ dtype: 'BF16', shape: [6], values: Float32Array.from(special) }, 'float32', special],
    [{ dtype: 'F4', shape: [2, 2], values: Float32Array.of(0.5, -6, -0, 1.5) }, 'float32', [0.5, -6, -0, 1.5]],
    [{ dtype: 'F6_E2M3', shape: [4], values: Float32Array.of(0.125, -7.5, -0, 1.5) }, 'float32', [0.125, -7.5, -0, 1.5]],
    [{ dtype: 'F6_E3M2', shape: [4], values: Float32Array.of(0.0625, -28, -0, 1.5) }, 'float32', [0.0625, -28, -0, 1.5]],
    [
      { dtype: 'F8_E8M0', shape: [3], values: Float32Array.of(2 ** -127, 2 ** 127, Number.NaN) },
      'float32',
      [2 ** -127, 2 ** 127, Number.NaN],
    ],
    [{ dtype: 'F8_E4M3FNUZ', shape: [3], values: Float32Array.of(240, -0, Number.NaN) }, 'float32', [240, 0, Number.NaN]],
    [{ dtype: 'F8_E5M2FNUZ', shape: [2], values: Float32Array.of(57344, -(2 ** -17)) }, 'float32', [57344, -(2 ** -17)]],
    [{ dtype: 'I32', shape: [1, 2], values: Int32Array.of(-(2 ** 31), 2 ** 31 - 1) }, 'int32', [-(2 ** 31), 2 ** 31 - 1]],
    [{ dtype: 'I64', shape: [2], values: BigInt64Array.of(-(2n ** 31n), 2n ** 31n - 1n) }, 'int32', [-(2 ** 31), 2 ** 31 - 1]],
    [{ dtype: 'U8', shape: [3], values: Uint8Array.of(0, 1, 255) }, 'int32', [0, 1, 255]],
    [{ dtype: 'BOOL', shape: [1, 3, 1], values: Uint8Array.of(0, 1, 1) }, 'bool', [0, 1, 1]],
    [{ dtype: 'F32', shape: [], values: Float32Array.of(3) }, 'float32', [3]],
    [{ dtype: 'F32', shape: [0, 3], values: new Float32Array(0) }, 'float32', []],
  ])('gives the values of $dtype in its shape', async (tensor, dtype, values) => {
    const made = toTensor(entryOf(tensor).entry);
    expect([made.dtype, made.shape]).toEqual([dtype, tensor.shape]);
    expect(Array.from(await made.data())).toEqual(values);
  });

  it('takes a copy of an entry whose shape has as many elements as it has values, and no other', async () => {
    const { entry } = entryOf({ dtype: 'F32', shape: [2, 3], values: Float32Array.of(1, 2, 3, 4, 5, 6) });
    expect(await toTensor({ ...entry, shape: [3, 2] } as SafetensorsEntry).array()).toEqual([
      [1, 2],
      [3, 4],
      [5, 6],
    ]);
    expect(() => toTensor({ ...entry, shape: [7] } as SafetensorsEntry)).toThrow(
      'toTensor: the shape of an entry must have as many elements as it has values.\n' +
        '  expected  Float32Array of 7 (F32 [7])\n' +
        '  got       Float32Array of 6\n' +
        '  remedy    give the entry as it was read, and reshape the tensor.',
    );
    expect(() => toTensor({ ...entry, dtype: 'F64' } as SafetensorsEntry)).toThrow('expected  Float64Array of 6 (F64 [2,3])');
    expect(() => toTensor({ ...entry, dtype: 'F3' } as never)).toThrow('toTensor: entry must be one of the tensors of a file.');
  });

  it('copies: changes of the file do not reach the tensor', async () => {
    const { file, entry } = entryOf({ dtype: 'F32', shape: [2], values: Float32Array.of(1, 2) });
    const made = toTensor(entry);
    file.fill(0);
    expect(Array.from(await made.data())).toEqual([1, 2]);
  });

  it('leaks nothing', async () => {
    const { entry } = entryOf({ dtype: 'I32', shape: [2], values: Int32Array.of(1, 2) });
    expect(await leaked(() => toTensor(entry))).toEqual({ tensors: 0, buffers: 0 });
  });
});

it.each([2n ** 31n, -(2n ** 31n) - 1n, 2n ** 63n - 1n])('toTensor rejects the I64 %s, which int32 does not hold', (value) => {
  const { entry } = entryOf({ dtype: 'I64', shape: [3], values: BigInt64Array.of(1n, value, 2n) });
  expect(() => toTensor(entry)).toThrow(
    new FileError({
      caller: 'toTensor',
      problem: 'the numbers of the tensor "w" must fit into int32.',
      expected: 'integers of −2147483648 … 2147483647: tfjs has no int64',
      got: `${value} at element 1`,
      remedy: 'read the numbers with values(), which gives a BigInt64Array.',
    }),
  );
});

it('toTensor rejects C64, of which values() gives the parts', () => {
  const { entry } = entryOf({ dtype: 'C64', shape: [2], values: Float32Array.of(1, 2, 3, 4) });
  expect([...entry.values()]).toEqual([1, 2, 3, 4]);
  expect(() => toTensor(entry)).toThrow(
    new FileError({
      caller: 'toTensor',
      problem: 'the numbers of the tensor "w" must be real.',
      expected: 'a dtype other than C64: tfjs has no complex numbers on its wasm backend',
      got: 'C64',
      remedy: 'make two tensors of values(), in which real and imaginary parts alternate.',
    }),
  );
});
