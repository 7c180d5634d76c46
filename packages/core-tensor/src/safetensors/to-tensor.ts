import { type Tensor, tensor } from '@tensorflow/tfjs-core';
import { ConfigError, FileError, isList, isStamped, requireKind, show, typeName } from '../error/index.ts';
import { arrayOf, extent, isDtype, numbersPerElement } from './dtype.ts';
import type { SafetensorsEntry } from './read.ts';

/**
 * Makes a tensor of a file's entry. It has a copy of the values, so the file may be dropped.
 * @returns float32 of all floating-point dtypes (F64 rounded), int32 of all integers, bool of BOOL
 * @throws ConfigError for an entry that was changed by hand and has another number of values than its shape; FileError when an integer of I64, U64 or U32 is beyond int32, a BOOL is neither 0 nor 1, or the dtype is C64
 * @cost one copy
 * @example
 * const bytes = writeSafetensors({ tensors: { ids: { dtype: 'I64', shape: [2], values: new BigInt64Array([7n, -1n]) } } });
 * await toTensor(readSafetensors(bytes).tensors.get('ids')).data(); // => [7, -1]
 */
export function toTensor(entry: SafetensorsEntry): Tensor {
  requireKind('toTensor', 'entry', entry, 'record');
  requireEntry('toTensor', entry);
  const shape = [...entry.shape];
  switch (entry.dtype) {
    case 'F4':
    case 'F6_E2M3':
    case 'F6_E3M2':
    case 'F8_E5M2':
    case 'F8_E4M3':
    case 'F8_E8M0':
    case 'F8_E4M3FNUZ':
    case 'F8_E5M2FNUZ':
    case 'F16':
    case 'BF16':
      return tensor(entry.values(), shape, 'float32');
    case 'F32': // slice: the values may be a view of the file
      return tensor(entry.values().slice(), shape, 'float32');
    case 'F64':
      return tensor(Float32Array.from(entry.values()), shape, 'float32');
    case 'I32':
      return tensor(entry.values().slice(), shape, 'int32');
    case 'U32':
    case 'I64':
    case 'U64':
      return tensor(toInt32(entry), shape, 'int32');
    case 'U8':
    case 'I8':
    case 'I16':
    case 'U16':
      return tensor(Int32Array.from(entry.values()), shape, 'int32');
    case 'BOOL':
      return tensor(entry.values().slice(), shape, 'bool');
    case 'C64':
      throw new FileError({
        caller: 'toTensor',
        problem: `the numbers of the tensor ${JSON.stringify(entry.name)} must be real.`,
        expected: 'a dtype other than C64: tfjs has no complex numbers on its wasm backend',
        got: 'C64',
        remedy: 'make two tensors of values(), in which real and imaginary parts alternate.',
      });
  }
}

function toInt32(entry: Extract<SafetensorsEntry, { readonly dtype: 'U32' | 'I64' | 'U64' }>): Int32Array {
  const values = entry.values();
  const numbers = new Int32Array(values.length);
  for (let i = 0; i < values.length; i++) {
    const value = Number(values[i]);
    numbers[i] = value;
    if (numbers[i] !== value) {
      throw new FileError({
        caller: 'toTensor',
        problem: `the numbers of the tensor ${JSON.stringify(entry.name)} must fit into int32.`,
        expected: `integers of −2147483648 … 2147483647: tfjs has no ${{ U32: 'uint32', I64: 'int64', U64: 'uint64' }[entry.dtype]}`,
        got: `${values[i]} at element ${i}`,
        remedy: `read the numbers with values(), which gives a ${arrayOf[entry.dtype]}.`,
      });
    }
  }
  return numbers;
}

/** The numbers of an entry of a floating-point dtype, as float32; a view of the file's bytes where they are that already. */
export function floatsOf(caller: string, entry: SafetensorsEntry): Float32Array {
  switch (entry.dtype) {
    case 'F4':
    case 'F6_E2M3':
    case 'F6_E3M2':
    case 'F8_E5M2':
    case 'F8_E4M3':
    case 'F8_E8M0':
    case 'F8_E4M3FNUZ':
    case 'F8_E5M2FNUZ':
    case 'F16':
    case 'BF16':
    case 'F32':
      return entry.values();
    case 'F64':
      return Float32Array.from(entry.values());
    default:
      throw new ConfigError({
        caller,
        problem: `the numbers of the tensor ${JSON.stringify(entry.name)} must be of a floating-point dtype.`,
        expected: 'F64, F32, BF16, F16 or a smaller one',
        got: entry.dtype,
        remedy: 'read it with toTensor(entry), or its numbers with values().',
      });
  }
}

/** Throws unless it is an entry of a file, or has its form: a dtype, and a shape with as many elements as it has values. */
export function requireEntry(caller: string, entry: SafetensorsEntry): void {
  if (isStamped(entry) && 'values' in entry) return;
  if (typeof entry.name !== 'string' || !isDtype(entry.dtype) || typeof entry.values !== 'function') {
    throw new ConfigError({
      caller,
      problem: 'entry must be one of the tensors of a file.',
      expected: 'an entry of readSafetensors(bytes).tensors',
      got: show(entry),
      remedy: 'take it by its name: readSafetensors(bytes).tensors.get(name).',
    });
  }
  const { dtype, shape } = entry;
  const elements = isList(shape) ? extent(dtype, Array.from(shape))?.elements : undefined;
  const values: unknown = entry.values();
  const [wanted, count] = [arrayOf[dtype], isList(values) ? values.length / numbersPerElement(dtype) : undefined];
  if (typeName(values) === wanted && elements === count) return;
  throw new ConfigError({
    caller,
    problem: 'the shape of an entry must have as many elements as it has values.',
    expected: `${wanted} of ${elements ?? 'as many elements as the shape'} (${dtype} ${show(shape)})`,
    got: count === undefined ? show(values) : `${typeName(values)} of ${count}`,
    remedy: 'give the entry as it was read, and reshape the tensor.',
  });
}
