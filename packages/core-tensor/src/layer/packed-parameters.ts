import type { Tensor } from '@tensorflow/tfjs-core';
import { ShapeError } from '../error/index.ts';
import { checkKind } from '../tensor/dims.ts';
import { stopGradient } from '../tensor/stop-gradient.ts';
import { type LinearWeight, type PackedKind, wordsPerRow } from '../weight/packed-weight.ts';
import type { Lens } from './lens.ts';
import type { Spec } from './spec.ts';

// In a record of parameters a packed weight is its int32 numbers under the weight's own name and, of int8, its scale under that name with
// `_scale` behind it, as checkpoints of compressed-tensors have it. So it is saved, loaded, prefixed and disposed like all others.

/** What the scale of a weight in int8 is called. */
export const scaleName = (name: string): string => `${name}_scale`;

/** The weight that a scale would belong to; undefined where the name is none of a scale. */
export const weightOfScale = (name: string): string | undefined => (name.endsWith('_scale') ? name.slice(0, -'_scale'.length) : undefined);

/**
 * A weight of the spec that may be packed, by its name: the tensor, or numbers and scale together. Its scale is detached, because layers that
 * are run again ask for the gradients of all that is float32.
 * @shape shape: that of the spec, [out, in]
 * @cost none
 */
export function weightOf(parameters: Lens<Tensor>, name: string, shape: readonly [out: number, width: number]): LinearWeight {
  const numbers = parameters.get(name);
  if (numbers.dtype !== 'int32') return numbers;
  const scale = parameters.find(scaleName(name));
  return scale === undefined ? { kind: 'float16', numbers, shape } : { kind: 'int8', numbers, scale: stopGradient(scale), shape };
}

/**
 * The names of all tensors that a layer reads of a record: those of its spec, and the scales of its packed weights.
 * @shape any parameters
 * @cost no tensor operations
 */
export const parameterNames = (spec: Spec, parameters: Pick<Lens<Tensor>, 'find'>): readonly string[] =>
  Object.entries(spec).flatMap(([name, { packable }]) =>
    packable && parameters.find(scaleName(name)) !== undefined ? [name, scaleName(name)] : [name],
  );

/** The shape of the numbers of a weight [out, in]. */
export const packedShape = (kind: PackedKind, [out = 0, width = 0]: readonly number[]): readonly number[] => [
  out,
  wordsPerRow(kind, width),
];

/** Throws unless the int32 under the name of a weight are its numbers. */
export function requirePackedParameter(
  caller: string,
  name: string,
  shape: readonly number[],
  { numbers, scale }: { readonly numbers: Tensor; readonly scale: Tensor | undefined },
): void {
  if (scale !== undefined) checkKind(caller, `the parameter ${scaleName(name)}`, scale, [`${shape[0]}`], 'float32');
  const expected = packedShape(scale === undefined ? 'float16' : 'int8', shape);
  if (hasShape(numbers, expected) && (scale === undefined || hasShape(scale, shape.slice(0, 1)))) return;
  const [float16, int8] = (['float16', 'int8'] as const).map((kind) => `[${packedShape(kind, shape).join(', ')}]`);
  throw new ShapeError({
    caller,
    problem: `the parameter ${name} must hold the packed numbers of a weight [${shape.join(', ')}].`,
    expected: `int32 ${float16} of float16; or int32 ${int8} of int8, and ${scaleName(name)} [${shape[0]}]`,
    got: `int32 [${numbers.shape.join(', ')}], ${scale === undefined ? `no ${scaleName(name)}` : `${scaleName(name)} [${scale.shape.join(', ')}]`}`,
    remedy: 'give the record of packParameters, or of a file that was saved of it.',
  });
}

const hasShape = ({ shape }: Tensor, expected: readonly number[]): boolean =>
  shape.length === expected.length && shape.every((size, axis) => size === expected[axis]);
