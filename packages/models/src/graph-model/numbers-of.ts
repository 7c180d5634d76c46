import type { SafetensorsDtype } from '@longspan/core-tensor';
import { openVirtual } from '../pretrained/virtual-safetensors.ts';
import type { ManifestWeight, Quantization } from './manifest.ts';

type Stored = 'float32' | 'int32' | 'bool' | Quantization['dtype'];

/** The same numbers in safetensors. */
const dtypes: Readonly<Record<Stored, readonly [dtype: SafetensorsDtype, bytes: number]>> = {
  float32: ['F32', 4],
  int32: ['I32', 4],
  bool: ['BOOL', 1],
  uint8: ['U8', 1],
  uint16: ['U16', 2],
  float16: ['F16', 2],
};

/** Bytes of one number in the file; complex numbers are two. */
export function storedBytes({ dtype, quantization }: ManifestWeight): number {
  const stored = quantization?.dtype ?? dtype;
  return stored === 'complex64' ? 8 : stored === 'string' ? 0 : dtypes[stored][1];
}

/** What the bytes of a weight stand for. */
export async function numbersOf({ dtype, quantization }: ManifestWeight, bytes: Uint8Array): Promise<Float32Array> {
  const [stored, width] = dtypes[quantization?.dtype ?? (dtype as Stored)];
  const shape = [bytes.length / width];
  const { tensors } = await openVirtual(new Map([['stored', { dtype: stored, shape, bytes: bytes.length, read: async () => bytes }]]));
  const read = await tensors.get('stored')?.read();
  const values = Float32Array.from((read?.values() ?? []) as ArrayLike<number>);
  if (quantization === undefined || quantization.dtype === 'float16') return values;
  const { scale, min } = quantization;
  return values.map(dtype === 'int32' ? (value) => Math.round(value * scale + min) : (value) => value * scale + min);
}
