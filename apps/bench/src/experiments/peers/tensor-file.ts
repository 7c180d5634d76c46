import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { readSafetensors, writeSafetensors } from '@longspan/core-tensor';

/** Float32 arrays with their shapes, by name. */
export type Arrays = Readonly<Record<string, { readonly shape: readonly number[]; readonly values: Float32Array }>>;

export function writeArrays(folder: string, file: string, arrays: Arrays): void {
  const path = join(folder, 'data', file);
  mkdirSync(dirname(path), { recursive: true });
  const tensors = Object.fromEntries(
    Object.entries(arrays).map(([name, { shape, values }]) => [name, { dtype: 'F32' as const, shape, values }]),
  );
  writeFileSync(path, writeSafetensors({ tensors, metadata: {} }));
}

export function readArrays(folder: string, file: string): Arrays {
  const { tensors } = readSafetensors(readFileSync(join(folder, 'data', file)));
  return Object.fromEntries(
    [...tensors].map(([name, { shape, values }]) => [name, { shape, values: Float32Array.from(values() as Float32Array) }]),
  );
}

/** Across libraries: other orders of summation, other exponentials. */
const tolerance = 5e-4;

/**
 * The largest difference, of numbers above 1 relative to them.
 * @throws Error where it is too large to be rounding
 */
export function compareArrays(got: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (got.length !== expected.length) throw new Error(`wrong answer: ${got.length} numbers, expected ${expected.length}`);
  let worst = 0;
  for (let at = 0; at < expected.length; at++) {
    const value = expected[at] as number;
    const error = Math.abs((got[at] as number) - value) / Math.max(1, Math.abs(value));
    if (!(error <= tolerance)) throw new Error(`wrong answer: number ${at} is ${got[at]}, expected ${value}`);
    worst = Math.max(worst, error);
  }
  return worst;
}
