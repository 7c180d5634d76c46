import { createKey, type Key, randomNormal } from '@longspan/core-tensor/key';
import { type Tensor, tensor } from '@tensorflow/tfjs-core';
import { bookRows } from '../../../../attention/book-attention.ts';
import type { Tolerance } from '../../../../figures/closeness.ts';

/** One thing that Longspan computes, and its reference: the same computed as plainly as can be, mostly with every pair scored. */
export interface Mechanism {
  /** The code that asks for it. */
  readonly name: string;
  /** What the other side is, in a few words. */
  readonly against: string;
  /** Of the gradients, where they are longer sums than usual. */
  readonly gradientTolerance?: Tolerance;
  prepare(book: CheckText): Sides | Promise<Sides>;
}

/** Both sides as functions of the same tensors, for each of which the gradients are compared too. */
export interface Sides {
  readonly inputs: readonly Tensor[];
  ours(...inputs: Tensor[]): readonly Tensor[];
  reference(...inputs: Tensor[]): readonly Tensor[];
}

/** All sizes differ, and none is a multiple of the block size. */
export const checkSizes = { batch: 2, heads: 4, keyHeads: 2, n: 221, headDim: 12, valueDim: 20 } as const;

/** Two excerpts of the text as the two batch rows of every check. */
export interface CheckText {
  /** The bytes of each batch row. */
  readonly rows: readonly Uint8Array[];
  readonly key: Key;
  /**
   * Text as [batch, heads, n, dim], in its own random projection for each name. Each position adds a vector of its own, as in a model:
   * in a text of one letter repeated, gradients would else cancel, and what is left of them be rounding.
   */
  heads(name: string, sizes: { readonly heads?: number; readonly dim?: number }): Tensor;
  /** Text as [batch, n, width]. */
  hidden(name: string, width: number): Tensor;
  /** Numbers of no text: [..shape], normal. */
  numbers(name: string, shape: readonly number[], standardDeviation?: number): Tensor;
}

/**
 * Takes the start of the text and an excerpt from its middle.
 * @param bytes at least twice the length of a check
 */
export function checkText(bytes: Uint8Array, seed: number): CheckText {
  const { n, heads: allHeads, headDim } = checkSizes;
  const middle = bytes.length >> 1;
  const rows = [bytes.subarray(0, n), bytes.subarray(middle, middle + n)];
  const key = createKey(seed).fold('checks');
  const project = (name: string, heads: number, dim: number): Float32Array[] =>
    rows.map((row, at) => {
      const positions = randomNormal(key.fold('positions').fold(name).fold(at), heads * n * dim);
      return bookRows(row, { n, heads, headDim: dim }, key.fold(name)).map((value, index) => value + (positions[index] as number));
    });
  const stacked = (parts: readonly Float32Array[], shape: number[]): Tensor => {
    const values = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
    for (const [row, part] of parts.entries()) values.set(part, row * part.length);
    return tensor(values, shape);
  };
  return {
    rows,
    key,
    heads: (name, { heads = allHeads, dim = headDim }) => stacked(project(name, heads, dim), [rows.length, heads, n, dim]),
    hidden: (name, width) => stacked(project(name, 1, width), [rows.length, n, width]),
    numbers(name, shape, standardDeviation = 1) {
      const values = randomNormal(
        key.fold(name),
        shape.reduce((product, size) => product * size, 1),
      );
      return tensor(
        values.map((value) => value * standardDeviation),
        [...shape],
      );
    },
  };
}
