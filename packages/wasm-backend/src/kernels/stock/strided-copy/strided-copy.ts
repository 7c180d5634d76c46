import type { Tensor, TensorInfo } from '@tensorflow/tfjs-core';
import { runToOutput } from '../../../runtime/run-to-output.ts';
import type { Runtime } from '../../../runtime/runtime.ts';

/** An axis of what is written: how far the source goes on, in elements, from one to the next. 0 repeats, below 0 goes backwards. */
export interface StridedAxis {
  readonly size: number;
  readonly stride: number;
}

/** How many axes assembly/rows/copy-strided.ts has besides its runs. */
const outerAxes = 6;

/** The same walk in the fewest axes. */
export function mergedAxes(axes: readonly StridedAxis[]): StridedAxis[] {
  const merged: StridedAxis[] = [];
  for (const axis of axes) {
    const before = merged.at(-1);
    if (axis.size === 1) continue;
    if (before !== undefined && before.stride === axis.size * axis.stride) {
      merged[merged.length - 1] = { size: before.size * axis.size, stride: axis.stride };
    } else merged.push(axis);
  }
  return merged;
}

/** The steps, in elements, of a tensor of that shape. */
export function stridesOf(shape: readonly number[]): number[] {
  const strides: number[] = [];
  let step = 1;
  for (const size of [...shape].reverse()) {
    strides.unshift(step);
    step *= size;
  }
  return strides;
}

/** Whether its elements have the 4 bytes that the kernel copies. */
export const hasFourBytes = ({ dtype }: TensorInfo): boolean => dtype === 'float32' || dtype === 'int32';

/** A tensor of that shape, read from `offset` elements after x's first along the axes; undefined for too many axes. */
export function copyStrided(
  runtime: Runtime,
  x: TensorInfo,
  shape: readonly number[],
  axes: readonly StridedAxis[],
  offset = 0,
): Tensor | undefined {
  const merged = mergedAxes(axes);
  const { size: runLength, stride: runStride } = merged.pop() ?? { size: 1, stride: 1 };
  if (merged.length > outerAxes) return undefined;
  const padding = Array.from({ length: outerAxes - merged.length }, () => ({ size: 1, stride: 0 }));
  const outer = [...padding, ...merged];
  const isEmpty = shape.includes(0);
  return runToOutput(runtime, shape, x.dtype, (out) => ({
    kernel: runtime.kernels.copyStrided,
    items: isEmpty ? 0 : merged.reduce((product, { size }) => product * size, 1),
    scratchBytes: 0,
    // StridedCopyJob of assembly/rows/copy-strided.ts
    fields: [
      ...[runtime.heap.pointerOf(x) + 4 * offset, out, runLength, 4 * runStride],
      ...outer.map(({ size }) => size),
      ...outer.map(({ stride }) => 4 * stride),
    ],
  }));
}
