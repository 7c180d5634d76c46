import type { Tensor } from '@tensorflow/tfjs-core';
import { requireInteger, ShapeError } from '../error/index.ts';
import { checkKind, requireFilled } from './dims.ts';

/** Checks that each option is an integer of at least 1. */
export function checkSizes(caller: string, sizes: Readonly<Record<string, number>>): void {
  requireInteger(caller, sizes, 1);
}

/** Checks that a float tensor has that many features, at least one, along its last axis; `setBy` is the argument that says how many. */
export function checkFeatures(caller: string, name: string, tensor: Tensor, size: number, setBy: string): void {
  checkKind(caller, name, tensor);
  if (tensor.shape.at(-1) !== size) {
    throw new ShapeError({
      caller,
      problem: `${name} must have the shape [..., ${size}].`,
      expected: `[..., ${size}]  (set by ${setBy})`,
      got: `[${tensor.shape.join(', ')}]`,
      remedy: `give ${name} ${size} along its last axis, or check ${setBy}.`,
    });
  }
  requireFilled(caller, { [`axis ${tensor.rank - 1} of ${name}`]: size });
  checkDtype(caller, name, tensor, 'float32');
}

/** Each size by what it is called in an error. */
export const sizesOfAxes = (name: string, { shape }: Tensor): Readonly<Record<string, number>> =>
  Object.fromEntries(shape.map((size, axis) => [`axis ${axis} of ${name}`, size]));

/** Checks that it is a tensor, and of that dtype: nothing is cast silently. */
export function checkDtype(caller: string, name: string, tensor: Tensor, dtype: 'float32' | 'int32'): void {
  checkKind(caller, name, tensor, ['...'], dtype);
}
