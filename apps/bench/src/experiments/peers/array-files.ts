import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { readSafetensors, writeSafetensors } from '@longspan/core-tensor';
import type { Arrays } from './arrays.ts';

export function writeArrays(path: string, arrays: Arrays): void {
  mkdirSync(dirname(path), { recursive: true });
  const tensors = Object.fromEntries(
    Object.entries(arrays).map(([name, { shape, values }]) => [name, { dtype: 'F32' as const, shape, values }]),
  );
  writeFileSync(path, writeSafetensors({ tensors, metadata: {} }));
}

export function readArrays(path: string): Arrays {
  const { tensors } = readSafetensors(readFileSync(path));
  return Object.fromEntries(
    [...tensors].map(([name, { shape, values }]) => [name, { shape, values: Float32Array.from(values() as Float32Array) }]),
  );
}
