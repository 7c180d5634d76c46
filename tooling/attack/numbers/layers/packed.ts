import * as C from '@longspan/core-tensor';
import type { Case } from '../case.ts';
import type { Loose } from '../loose.ts';
import { read } from '../tensors.ts';

/** The nearest float16, ties to even, infinity beyond 65,504. */
export function half(x: number): number {
  // nearest, ties to even
  if (!Number.isFinite(x) || x === 0) return x;
  const a = Math.abs(x);
  const e = Math.max(-14, Math.floor(Math.log2(a)));
  let q = a / 2 ** (e - 10);
  const f = Math.floor(q);
  const d = q - f;
  q = d > 0.5 || (d === 0.5 && f % 2 === 1) ? f + 1 : f;
  const y = q * 2 ** (e - 10);
  return Math.sign(x) * (y >= 65520 ? Infinity : y > 65504 ? Infinity : y);
}

/** What was stored, after a check that each number is a whole multiple of its row's scale and the nearest one. */
export async function int8Checked(c: Case, w: Float32Array, out: number, inn: number, packed: Loose): Promise<Float32Array> {
  const y = await read(await C.unpackWeight(packed));
  for (let o = 0; o < out; o++) {
    let m = 0;
    for (let d = 0; d < inn; d++) m = Math.max(m, Math.abs(w[o * inn + d]!));
    const s = m / 127;
    for (let d = 0; d < inn; d++) {
      const n = s === 0 ? 0 : y[o * inn + d]! / s;
      if (!(Math.abs(y[o * inn + d]! - w[o * inn + d]!) <= 0.50001 * s) || Math.abs(n) > 127.001 || Math.abs(n - Math.round(n)) > 1e-4) {
        c.report('high', 'packWeight int8', { weight: w[o * inn + d], max: m, got: y[o * inn + d] });
        return y;
      }
    }
  }
  return y;
}

/**
 * What the kernels of wasm-backend may be off by where the weight is int8, as their explain() says: they round each row of x to 16 bits, by
 * at most half of a 32,767th of its largest number.
 */
export function rowsRounded(
  c: Case,
  x: ArrayLike<number>,
  rows: number,
  inn: number,
  w: ArrayLike<number>,
  out: number,
): Float64Array<ArrayBuffer> {
  const t = new Float64Array(rows * out);
  if (c.backend !== 'longspan') return t;
  for (let i = 0; i < rows; i++) {
    let most = 0;
    for (let d = 0; d < inn; d++) most = Math.max(most, Math.abs(x[i * inn + d] as number));
    for (let o = 0; o < out; o++) {
      let s = 0;
      for (let d = 0; d < inn; d++) s += Math.abs(w[o * inn + d] as number);
      t[i * out + o] = (1.0001 * most * s) / 65534;
    }
  }
  return t;
}

export const sumOf = (a: ArrayLike<number>, b: ArrayLike<number>): Float64Array<ArrayBuffer> =>
  Float64Array.from(a, (value, at) => value + (b[at] as number));
