import { type Tensor, tensor } from '@tensorflow/tfjs-core';
import { ConfigError, requireKind } from '../error/index.ts';
import { fromFloat16, toFloat16 } from '../safetensors/half-precision.ts';
import { dims, requireFilled } from '../tensor/dims.ts';
import { type PackedKind, type PackedWeight, requirePackedKind, requirePackedWeight, wordsPerRow } from './packed-weight.ts';

/** The largest integer of int8 that has its negative. */
const largest = 127;

/**
 * Stores the weight of a linear map as float16 or int8, for `applyLinear`, `applyFeedForward` and the parameters of layers
 * (`packParameters`): half or a quarter of the bytes, widened inside of the product. float16 rounds to the nearest, ties to even, as
 * `.half()` of PyTorch: off by 2⁻¹¹ of a number at most from 6.1e-5 on, ±∞ from 65,520 on. int8 is symmetric per output channel, as PyTorch's
 * `per_channel_symmetric`: each row is divided by its scale, max |w| / 127, and rounded, ties to even; it is off by half a scale at most.
 * @shape weight [out, in], float32
 * @returns a record of new tensors, which belongs to the caller (`dispose(packed)`)
 * @throws ShapeError when the weight is not [out, in] of float32, or is empty; ConfigError for another kind, and of int8 when a number is not finite
 * @cost one read of the weight; 2 · out · in bytes of float16; out · in + 4 · out of int8 (rows are filled up to whole words)
 * @example
 * const packed = await packWeight(tensor2d([[1, -2, 0.5]]), 'int8');
 * await packed.scale.data(); // => [0.015748031437397003]
 * await (await unpackWeight(packed)).data(); // => [1.0078740119934082, -2, 0.5039370059967041]
 */
export async function packWeight(weight: Tensor, kind: PackedKind): Promise<PackedWeight> {
  const { out, in: width } = dims('packWeight', { weight: [weight, 'out in:float32'] });
  requireFilled('packWeight', { out, in: width });
  requirePackedKind('packWeight', kind);
  return packed('packWeight', await weight.data<'float32'>(), [out, width], kind);
}

/** The same of numbers that are on the host. */
export function packed(caller: string, values: Float32Array, shape: readonly [out: number, width: number], kind: PackedKind): PackedWeight {
  if (kind === 'float16') return { kind, numbers: wordsOf(toFloat16(values), shape, kind), shape };
  const { integers, scales } = quantized(caller, values, shape);
  return { kind, numbers: wordsOf(integers, shape, kind), scale: tensor(scales, [shape[0]], 'float32'), shape };
}

/**
 * The numbers of a packed weight as float32, exactly as a product takes them.
 * @shape returns [out, in]
 * @returns a new tensor
 * @throws ConfigError, ShapeError when it is not a whole packed weight
 * @cost one read of the weight; 4 · out · in bytes
 * @example
 * const packed = await packWeight(tensor2d([[0.1, 3]]), 'float16');
 * await (await unpackWeight(packed)).data(); // => [0.0999755859375, 3]
 */
export async function unpackWeight(weight: PackedWeight): Promise<Tensor> {
  requireKind('unpackWeight', 'weight', weight, 'record');
  requirePackedWeight('unpackWeight', 'weight', weight);
  const { kind, numbers, scale, shape } = weight;
  const [words, scales] = await Promise.all([numbers.data<'int32'>(), scale?.data<'float32'>()]);
  const { buffer, byteOffset } = words;
  const [out, width] = shape;
  const perRow = wordsPerRow(kind, width);
  const values = new Float32Array(out * width);
  for (let row = 0; row < out; row++) {
    const [start, first] = [byteOffset + 4 * row * perRow, row * width];
    if (kind === 'float16') values.set(fromFloat16(new Uint16Array(buffer, start, width)), first);
    else {
      const factor = scales?.[row] as number;
      for (const [at, integer] of new Int8Array(buffer, start, width).entries()) values[first + at] = integer * factor;
    }
  }
  return tensor(values, [out, width], 'float32');
}

/** Rows of numbers, each filled up to whole words. Their bytes are those of the machine, little-endian wherever there are typed arrays. */
function wordsOf(numbers: Uint16Array | Int8Array, [out, width]: readonly [number, number], kind: PackedKind): Tensor {
  const words = wordsPerRow(kind, width);
  const bytes = new Uint8Array(4 * out * words);
  const source = new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength);
  const rowBytes = width * numbers.BYTES_PER_ELEMENT;
  for (let row = 0; row < out; row++) bytes.set(source.subarray(row * rowBytes, (row + 1) * rowBytes), 4 * row * words);
  return tensor(new Int32Array(bytes.buffer), [out, words], 'int32');
}

function quantized(caller: string, values: Float32Array, [out, width]: readonly [number, number]) {
  const integers = new Int8Array(values.length);
  const scales = new Float32Array(out);
  for (let row = 0; row < out; row++) {
    const numbers = values.subarray(row * width, (row + 1) * width);
    const scale = Math.fround(largestOf(caller, numbers, row) / largest);
    scales[row] = scale;
    if (scale === 0) continue; // a row of zeros, or of numbers below what 127 parts of float32 can tell apart
    for (let at = 0; at < width; at++) {
      const integer = toEven((numbers[at] as number) / scale);
      integers[row * width + at] = Math.max(-largest, Math.min(largest, integer));
    }
  }
  return { integers, scales };
}

function largestOf(caller: string, numbers: Float32Array, row: number): number {
  let most = 0;
  for (const [at, value] of numbers.entries()) {
    if (!Number.isFinite(value)) {
      throw new ConfigError({
        caller,
        problem: 'the numbers of a weight must be finite for int8.',
        expected: 'finite numbers',
        got: `${value} at [${row}, ${at}]`,
        remedy: "look for where it comes from; kind 'float16' keeps ±Infinity and NaN.",
      });
    }
    most = Math.max(most, Math.abs(value));
  }
  return most;
}

/** The nearest integer; of two, the even one. */
function toEven(value: number): number {
  const below = Math.floor(value);
  const rest = value - below;
  if (rest !== 0.5) return rest < 0.5 ? below : below + 1;
  return below % 2 === 0 ? below : below + 1;
}
