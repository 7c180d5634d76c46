import { type OpenedEntry, type PackedKind, type Parameters, packEntry, type Spec, toTensor } from '@longspan/core-tensor';
import { inNameOf } from '@longspan/core-tensor/error';
import type { Tensor } from '@tensorflow/tfjs-core';

/** How the numbers of weights are kept. */
export type Precision = 'float32' | PackedKind;

export interface LoadedWeights {
  /** New tensors, which belong to the caller. */
  readonly parameters: Parameters;
  /** Names of the model whose tensors have another shape there, with both shapes. */
  readonly misshapen: ReadonlyMap<string, { readonly expected: readonly number[]; readonly got: readonly number[] }>;
  /** Names of the model whose tensors are of a dtype that no weight is made of, with it. */
  readonly unread: ReadonlyMap<string, string>;
}

/** What weights are made of: integers are what some other library has quantised, and mean nothing without its scales. */
const isFloating = (dtype: string): boolean => /^B?F\d/.test(dtype);

/**
 * Reads the weights of a model one after the other, in the order of the file: never more than one of them is there beside those that are
 * made.
 * @param names what the model calls each tensor of the file; others are not read
 * @throws what reading throws, and the reason of the signal; then no tensor is left
 */
export async function loadWeights(
  caller: string,
  {
    tensors,
    names,
    spec,
    precision,
    signal,
  }: {
    readonly tensors: ReadonlyMap<string, OpenedEntry>;
    readonly names: ReadonlyMap<string, string>;
    readonly spec: Spec;
    readonly precision: Precision;
    readonly signal: AbortSignal | undefined;
  },
): Promise<LoadedWeights> {
  const parameters: Record<string, Tensor> = {};
  const misshapen = new Map<string, { readonly expected: readonly number[]; readonly got: readonly number[] }>();
  const unread = new Map<string, string>();
  try {
    for (const [name, entry] of tensors) {
      signal?.throwIfAborted();
      const own = names.get(name);
      const wanted = own === undefined ? undefined : spec[own];
      if (own === undefined || wanted === undefined) continue;
      if (!isSame(entry.shape, wanted.shape)) misshapen.set(own, { expected: wanted.shape, got: entry.shape });
      else if (!isFloating(entry.dtype)) unread.set(own, entry.dtype);
      else {
        const read = await entry.read();
        signal?.throwIfAborted();
        const isPacked = wanted.packable === true && precision !== 'float32';
        if (!isPacked) parameters[own] = inNameOf(`${caller}: ${own}`, () => toTensor(read));
        else {
          const { numbers, scale } = inNameOf(`${caller}: ${own}`, () => packEntry(read, precision));
          parameters[own] = numbers;
          if (scale !== undefined) parameters[`${own}_scale`] = scale;
        }
      }
    }
    return { parameters, misshapen, unread };
  } catch (error) {
    for (const each of Object.values(parameters)) each.dispose();
    throw error;
  }
}

const isSame = (a: readonly number[], b: readonly number[]): boolean => a.length === b.length && a.every((size, axis) => size === b[axis]);
