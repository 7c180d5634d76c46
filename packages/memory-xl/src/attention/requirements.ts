import { type Parameters, parameter } from '@longspan/core-tensor';
import type { Tensor } from '@tensorflow/tfjs-core';

/** Parameters by name, if all are there with these shapes. */
export function requireShapes<Name extends string>(
  caller: string,
  parameters: Parameters,
  shapes: Readonly<Record<Name, readonly number[]>>,
): Readonly<Record<Name, Tensor>> {
  const names = Object.keys(shapes) as Name[];
  return Object.fromEntries(names.map((name) => [name, parameter(parameters, name, caller, shapes[name])])) as Record<Name, Tensor>;
}
