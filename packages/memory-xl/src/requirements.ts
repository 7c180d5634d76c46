import { type Parameters, parameter } from '@longspan/core-tensor';
import { ShapeError } from '@longspan/core-tensor/error';
import type { Tensor } from '@tensorflow/tfjs-core';

/** The parameter of that name, if it has that shape. */
function requireShape(door: string, parameters: Parameters, name: string, shape: readonly number[]): Tensor {
  const found = parameter(parameters, name, door);
  if (found.shape.join() === shape.join()) return found;
  throw new ShapeError({
    door,
    problem: `${name} is not of this layer's size.`,
    expected: `[${shape.join(', ')}]`,
    got: `[${found.shape.join(', ')}]`,
    remedy: 'load the parameters of a layer with the same sizes, or make the layer with the sizes of the checkpoint.',
  });
}

/** Parameters by name, if all are there with these shapes. */
export function requireShapes<Name extends string>(
  door: string,
  parameters: Parameters,
  shapes: Readonly<Record<Name, readonly number[]>>,
): Readonly<Record<Name, Tensor>> {
  const names = Object.keys(shapes) as Name[];
  return Object.fromEntries(names.map((name) => [name, requireShape(door, parameters, name, shapes[name])])) as Record<Name, Tensor>;
}
