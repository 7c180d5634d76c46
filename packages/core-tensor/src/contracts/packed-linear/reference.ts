import {
  add,
  cast,
  fill,
  floor,
  getBackend,
  greaterEqual,
  less,
  mul,
  reshape,
  slice,
  stack,
  sub,
  type Tensor,
  tensor,
  tidy,
  transpose,
} from '@tensorflow/tfjs-core';
import { ConfigError } from '../../error/index.ts';
import type { Span } from '../../layout/span.ts';
import { fromFloat16 } from '../../safetensors/half-precision.ts';
import { chunkBudget, chunksOf, inChunks, itemsPerChunk, partOf } from '../../tensor/in-chunks.ts';
import { asRows } from '../../tensor/rows.ts';
import { rowsOf } from '../../tensor/rows-of.ts';
import type { PackedWeight } from '../../weight/packed-weight.ts';
import { mapRows, rowsGradient } from '../linear/reference.ts';

/** x · weightᵀ + bias, with some output channels widened at a time. */
export function packedLinear(x: Tensor, weight: PackedWeight, bias?: Tensor): Tensor {
  const rows = asRows(x);
  const [columns] = inChunks(channelsOf(weight), 1, (channels) => [mapRows(rows, transpose(widened(weight, channels)))]);
  return reshape(bias === undefined ? columns : add(columns, bias), [...x.shape.slice(0, -1), weight.shape[0]]);
}

/** The gradient of x by the cotangent of what the linear map gave. */
export function packedRowsGradient(dy: Tensor, weight: PackedWeight): Tensor {
  const rows = asRows(dy);
  let sum: Tensor | undefined;
  for (const channels of channelsOf(weight)) {
    const before = sum;
    sum = tidy(() => {
      const part = rowsGradient(partOf(rows, channels, 1), widened(weight, channels));
      return before === undefined ? part : add(before, part);
    });
    before?.dispose();
  }
  return reshape(sum as Tensor, [...dy.shape.slice(0, -1), weight.shape[1]]);
}

/** Widening a number takes some ten others. */
const numbersEach = 10;

const channelsOf = ({ shape: [out, width] }: PackedWeight): readonly Span[] =>
  chunksOf(out, itemsPerChunk(numbersEach * width, 4 * chunkBudget));

// tfjs has neither shifts nor the bits of a float. Words are cut by arithmetic whose numbers are exact in float32 and int32.

/** The numbers of a packed weight, or of some of its rows, as float32: exact, but for the rounding of integer times scale. */
export function widened({ kind, numbers, scale, shape: [out, width] }: PackedWeight, rows: Span = { start: 0, end: out }): Tensor {
  requireIntegers();
  const words = partOf(numbers, rows);
  const values = kind === 'float16' ? floatsOf(words) : integersOf(words);
  const whole = width === values.shape[1] ? values : slice(values, [0, 0], [rows.end - rows.start, width]);
  return scale === undefined ? whole : mul(whole, reshape(partOf(scale, rows), [-1, 1]));
}

/** On webgpu every operation of tfjs reads int32 as float32, of which 24 bits are left. */
function requireIntegers(): void {
  if (getBackend() !== 'webgpu') return;
  throw new ConfigError({
    caller: 'applyLinear',
    problem: 'packed weights must have a kernel of their own on webgpu.',
    expected: 'that of @longspan/gpu-backend',
    got: 'the reference, whose operations read int32 as float32 there',
    remedy: "call register() of @longspan/gpu-backend; else take await unpackWeight(weight), or setBackend('wasm').",
  });
}

let everyHalf: Float32Array | undefined;

/** All 65,536 numbers of float16 by their bits. */
function tableOfHalves(): Tensor {
  everyHalf ??= fromFloat16(Uint16Array.from({ length: 2 ** 16 }, (_, bits) => bits));
  return tensor(everyHalf, [2 ** 16], 'float32');
}

/** The float16 of words [out, words] as float32 [out, 2 · words]. */
const floatsOf = (words: Tensor): Tensor => rowsOf(tableOfHalves(), cast(interleaved(halvesOf(words)), 'int32'));

/** The int8 of words [out, words] as float32 [out, 4 · words]. */
function integersOf(words: Tensor): Tensor {
  const bytes = halvesOf(words).flatMap((half) => {
    const upper = floor(mul(half, 1 / 256));
    return [sub(half, mul(upper, 256)), upper];
  });
  return interleaved(bytes.map((byte) => sub(byte, mul(cast(greaterEqual(byte, 128), 'float32'), 256))));
}

/** The lower and the upper 16 bits of each word, as float32 of 0 … 65,535. */
function halvesOf(words: Tensor): readonly [lower: Tensor, upper: Tensor] {
  // As float32 a word may be rounded up to the next multiple of 2^16, never below the last one. What is left of it in int32 is exact, and
  // below 0 where it was; of whole tensors, because tfjs-wasm is slow where int32 is broadcast.
  const rounded = floor(mul(cast(words, 'float32'), 2 ** -16));
  const left = cast(sub(words, mul(cast(rounded, 'int32'), fill(words.shape, 2 ** 16, 'int32'))), 'float32');
  const isAbove = belowZero(left);
  const upper = sub(rounded, isAbove);
  return [add(left, mul(isAbove, 2 ** 16)), add(upper, mul(belowZero(upper), 2 ** 16))];
}

const belowZero = (x: Tensor): Tensor => cast(less(x, 0), 'float32');

/** [out, words] each -> [out, words · parts], one of each by turns. */
const interleaved = (parts: readonly Tensor[]): Tensor => {
  const [out, words] = (parts[0] as Tensor).shape as [number, number];
  return reshape(stack([...parts], 2), [out, words * parts.length]);
};
