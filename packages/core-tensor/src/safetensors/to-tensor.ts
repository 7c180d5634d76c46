import { type Tensor, tensor } from '@tensorflow/tfjs-core';
import { FileError } from '../error/index.ts';
import type { SafetensorsEntry } from './read.ts';

/**
 * Makes a tensor of a file's entry. It has a copy of the values, so the file may be dropped.
 * @returns float32 of F32, F16 and BF16, int32 of I32, I64 and U8, bool of BOOL
 * @throws FileError when a value of I64 is beyond int32, or a BOOL is neither 0 nor 1
 * @cost one copy
 * @example
 * const bytes = writeSafetensors({ tensors: { ids: { dtype: 'I64', shape: [2], values: new BigInt64Array([7n, -1n]) } } });
 * await toTensor(readSafetensors(bytes).tensors.get('ids')).data(); // => [7, -1]
 */
export function toTensor(entry: SafetensorsEntry): Tensor {
  const shape = [...entry.shape];
  switch (entry.dtype) {
    case 'F16':
    case 'BF16':
      return tensor(entry.values(), shape, 'float32');
    case 'F32': // slice: the values may be a view of the file
      return tensor(entry.values().slice(), shape, 'float32');
    case 'I32':
      return tensor(entry.values().slice(), shape, 'int32');
    case 'I64':
      return tensor(toInt32(entry.values(), entry.name), shape, 'int32');
    case 'U8':
      return tensor(Int32Array.from(entry.values()), shape, 'int32');
    case 'BOOL':
      return tensor(entry.values().slice(), shape, 'bool');
  }
}

function toInt32(values: BigInt64Array, name: string): Int32Array {
  const numbers = new Int32Array(values.length);
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as bigint;
    numbers[i] = Number(value);
    if (BigInt(numbers[i] as number) !== value) {
      throw new FileError({
        caller: 'toTensor',
        problem: `the numbers of the tensor ${JSON.stringify(name)} must fit into int32.`,
        expected: 'integers of −2147483648 … 2147483647: tfjs has no int64',
        got: `${value} at element ${i}`,
        remedy: 'read the numbers with values(), which gives a BigInt64Array.',
      });
    }
  }
  return numbers;
}
