import { fill } from '@tensorflow/tfjs-core';

/** Makes and drops NaN tensors of these shapes: a wasm kernel that then writes nothing returns NaN, not the last result. */
export function poison(shapes: readonly (readonly number[])[]): void {
  for (const tensor of shapes.map((shape) => fill([...shape], Number.NaN))) tensor.dispose();
}
