import {
  backend_util,
  cast,
  Reverse,
  reverse as reverseOf,
  Slice,
  SplitV,
  slice_util,
  type Tensor,
  type TensorInfo,
  Tile,
  tidy,
  util,
  zeros,
} from '@tensorflow/tfjs-core';
import type { Runtime } from '../../../runtime/runtime.ts';
import { replaceKernels, type StockKernel } from '../../../tfjs/replace-kernels.ts';
import { addAll, type Kernel } from '../../kernel.ts';
import { copyStrided, hasFourBytes, stridesOf } from './strided-copy.ts';

interface Call<Attributes> {
  readonly inputs: { readonly x: TensorInfo };
  readonly attrs: Attributes;
}

function slice(
  runtime: Runtime,
  { inputs: { x }, attrs: { begin, size } }: Call<{ readonly begin: number | number[]; readonly size: number | number[] }>,
): Tensor | undefined {
  if (!hasFourBytes(x)) return undefined;
  const [from, sizes] = slice_util.parseSliceParams(x, begin, size) as [number[], number[]];
  slice_util.assertParamsValid(x, from, sizes);
  return part(runtime, x, from, sizes);
}

/** The part of x of that size that begins there. */
function part(runtime: Runtime, x: TensorInfo, from: readonly number[], sizes: readonly number[]): Tensor | undefined {
  const strides = stridesOf(x.shape);
  const axes = sizes.map((size, axis) => ({ size, stride: strides[axis] as number }));
  const offset = from.reduce((sum, at, axis) => sum + at * (strides[axis] as number), 0);
  return copyStrided(runtime, x, sizes, axes, offset);
}

function splitV(
  runtime: Runtime,
  { inputs: { x }, attrs }: Call<{ readonly numOrSizeSplits: number | number[]; readonly axis: number }>,
): Tensor[] | undefined {
  if (!hasFourBytes(x)) return undefined;
  const axis = util.parseAxisParam(attrs.axis, x.shape)[0] as number;
  const lengths = backend_util.prepareSplitSize(x as Tensor, attrs.numOrSizeSplits, axis);
  const parts: Tensor[] = [];
  let at = 0;
  for (const length of lengths) {
    const from = x.shape.map((_, each) => (each === axis ? at : 0));
    const made = part(
      runtime,
      x,
      from,
      x.shape.map((size, each) => (each === axis ? length : size)),
    );
    if (made === undefined) return undefined; // the first one, before any was made
    parts.push(made);
    at += length;
  }
  return parts;
}

function tile(runtime: Runtime, { inputs: { x }, attrs: { reps } }: Call<{ readonly reps: readonly number[] }>): Tensor | undefined {
  const shape = x.shape.map((size, axis) => size * (reps[axis] as number));
  if (shape.includes(0)) return zeros(shape, x.dtype); // tfjs's own divides by 0
  if (!hasFourBytes(x)) return undefined;
  const strides = stridesOf(x.shape);
  const axes = x.shape.flatMap((size, axis) => [
    { size: reps[axis] as number, stride: 0 },
    { size, stride: strides[axis] as number },
  ]);
  return copyStrided(runtime, x, shape, axes);
}

function reverse(runtime: Runtime, { inputs: { x }, attrs: { dims } }: Call<{ readonly dims: number | number[] }>): Tensor | undefined {
  // tfjs's own takes each truth for four bytes, and writes beyond its tensor.
  if (x.dtype === 'bool') return tidy(() => cast(reverseOf(cast(x as Tensor, 'int32'), dims), 'bool'));
  if (!hasFourBytes(x)) return undefined;
  const turned = util.parseAxisParam(dims, x.shape);
  const strides = stridesOf(x.shape);
  const isTurned = (axis: number): boolean => x.shape.length > 0 && turned.includes(axis);
  const axes = x.shape.map((size, axis) => ({ size, stride: (isTurned(axis) ? -1 : 1) * (strides[axis] as number) }));
  const last = x.shape.reduce((sum, size, axis) => sum + (isTurned(axis) ? (size - 1) * (strides[axis] as number) : 0), 0);
  return copyStrided(runtime, x, x.shape, axes, last);
}

const replacing = <Attributes>(name: string, ours: StockKernel<Call<Attributes>>): Kernel => ({
  name,
  add: (runtimeOf) => replaceKernels(runtimeOf, { [name]: ours }),
});

const parts = [replacing(Slice, slice), replacing(SplitV, splitV), replacing(Tile, tile), replacing(Reverse, reverse)];

/** tfjs's slice, split, tile and reverse, which copy whole tensors out of the heap. */
export const stridedCopyKernels: Kernel = {
  name: parts.map(({ name }) => name).join(', '),
  add: (runtimeOf) => addAll(parts, runtimeOf),
};
