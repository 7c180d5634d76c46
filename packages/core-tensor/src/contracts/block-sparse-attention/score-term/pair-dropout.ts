import { type Key, randomBits } from '../../../key/index.ts';

/** A prime below 2^11, so that a product of two residues and a sum stay exact in float32, on every backend; cubing permutes its residues. */
export const dropoutPrime = 2039;

/** One number for each query, or for each key: whole, 0 … 2038. */
export interface Residues {
  /** Never 0. */
  readonly factor: Float32Array;
  readonly shift: Float32Array;
  readonly lateShift: Float32Array;
}

/**
 * Random numbers for pairs without n x n of them: three residues for each query and each key, mixed when a pair is visited.
 *   x = factor_q · factor_k + shift_q + shift_k,  y = x³ + lateShift_q + lateShift_k  (mod 2039)
 * The pair is dropped where y < threshold. Each y is uniform, because the late shifts are; the cube breaks the products' regularity.
 */
export interface DropoutTables {
  /** [b · h · nq] */
  readonly query: Residues;
  /** [nk], shared by batch rows and heads. */
  readonly key: Residues;
  readonly threshold: number;
  /** What kept weights are multiplied by. */
  readonly gain: number;
}

/** @cost O(b · h · nq + nk) on the host */
export function dropoutTables({ key, rate }: { readonly key: Key; readonly rate: number }, queries: number, keys: number): DropoutTables {
  const threshold = Math.min(Math.round(rate * dropoutPrime), dropoutPrime - 1); // a gain of 1 / 0 is none
  return {
    query: residues(key.fold('query'), queries),
    key: residues(key.fold('key'), keys),
    threshold,
    gain: dropoutPrime / (dropoutPrime - threshold),
  };
}

function residues(key: Key, count: number): Residues {
  const draw = (name: string, lowest: number): Float32Array =>
    Float32Array.from(randomBits(key.fold(name), count), (word) => lowest + (word % (dropoutPrime - lowest)));
  return { factor: draw('factor', 1), shift: draw('shift', 0), lateShift: draw('lateShift', 0) };
}
