import { readFile } from 'node:fs/promises';
import { type Parameters, readSafetensors } from '@longspan/core-tensor';
import type { Tolerance } from '@longspan/tooling/expect';
import { type Tensor, tensor } from '@tensorflow/tfjs-core';

/** One case of tooling/golden, its tensors on the current backend. */
export interface Golden {
  readonly config: Readonly<Record<string, unknown>>;
  readonly tolerance: Tolerance;
  /** All tensors under their full names; the test disposes them. */
  readonly tensors: Readonly<Record<string, Tensor>>;
  /** An integer tensor [rows, columns] as lists of the host. */
  rows(name: string): readonly (readonly number[])[] | undefined;
}

export async function readGolden(path: string): Promise<Golden> {
  const file = readSafetensors(await readFile(new URL(`../../../tooling/golden/${path}.safetensors`, import.meta.url)));
  const entries = [...file.tensors].map(([name, entry]) => ({ ...entry, name, numbers: Array.from(entry.values(), Number) }));
  return {
    config: JSON.parse(file.metadata['config'] ?? '{}'),
    tolerance: JSON.parse(file.metadata['tolerance'] ?? '{}'),
    tensors: Object.fromEntries(
      entries.map(({ name, dtype, shape, numbers }) => [name, tensor(numbers, [...shape], dtype === 'I32' ? 'int32' : 'float32')]),
    ),
    rows(name) {
      const entry = entries.find((one) => one.name === name);
      if (entry === undefined) return undefined;
      const columns = entry.shape.at(-1) as number;
      return Array.from({ length: entry.numbers.length / columns }, (_, row) => entry.numbers.slice(row * columns, (row + 1) * columns));
    },
  };
}

/** The tensors below a prefix, under the rest of their names. */
export const below = (tensors: Readonly<Record<string, Tensor>>, prefix: string): Parameters =>
  Object.fromEntries(
    Object.entries(tensors).flatMap(([name, each]) => (name.startsWith(prefix) ? [[name.slice(prefix.length), each]] : [])),
  );
