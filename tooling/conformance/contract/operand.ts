import { createKey, randomBits, randomNormal, randomUniform } from '@longspan/core-tensor';
import { type Tensor, tensor } from '@tensorflow/tfjs-core';

/** A tensor that belongs to no backend: float32, or int32 where its values are. */
export interface Operand {
  readonly shape: readonly number[];
  readonly values: Float32Array | Int32Array;
}

const sizeOf = (shape: readonly number[]): number => shape.reduce((product, size) => product * size, 1);

// Drawing millions of numbers again and again would take longer than the calls. A prime length: rows of no operand repeat.
const poolSize = 262_139;
let pool: Float32Array | undefined;

/** Normal numbers that depend on the name; `map` makes others of them. */
export function normals(name: string, shape: readonly number[], map: (x: number, at: number) => number = (x) => x): Operand {
  pool ??= randomNormal(createKey('conformance'), poolSize);
  const from = randomBits(createKey(name), 1)[0] as number;
  const values = new Float32Array(sizeOf(shape));
  for (let at = 0; at < values.length; at++) values[at] = map(pool[(from + at) % poolSize] as number, at);
  return { shape, values };
}

/** float32 numbers that are known. */
export const floats = (values: Iterable<number>, shape?: readonly number[]): Operand => {
  const numbers = Float32Array.from(values);
  return { shape: shape ?? [numbers.length], values: numbers };
};

/** int32 numbers that are known. */
export const ints = (values: Iterable<number>, shape?: readonly number[]): Operand => {
  const numbers = Int32Array.from(values);
  return { shape: shape ?? [numbers.length], values: numbers };
};

/** int32, from 0 to below − 1, by the name. */
export const idsBelow = (name: string, shape: readonly number[], below: number): Operand =>
  ints(
    randomUniform(createKey(name), sizeOf(shape)).map((share) => Math.floor(share * below)),
    shape,
  );

/** On the current backend; the caller disposes it. */
export const asTensor = ({ shape, values }: Operand): Tensor =>
  tensor(values.slice(), [...shape], values instanceof Int32Array ? 'int32' : 'float32');
