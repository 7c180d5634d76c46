import { EPS } from '../tensors.ts';
import { F } from './arrays.ts';

/** rows x in times [out, in]: value and tolerance, with the error of x and w as tolerances. */
export function matmul(x: ArrayLike<number>, rows: number, inn: number, w: ArrayLike<number>, out: number, b?: ArrayLike<number>) {
  const y = F(rows * out);
  const t = F(rows * out);
  const c = EPS * (4 + 2 * Math.sqrt(inn));
  for (let i = 0; i < rows; i++)
    for (let o = 0; o < out; o++) {
      let s = b ? (b[o] as number) : 0;
      let a = Math.abs(s);
      for (let d = 0; d < inn; d++) {
        const p = (x[i * inn + d] as number) * (w[o * inn + d] as number);
        s += p;
        a += Math.abs(p);
      }
      y[i * out + o] = s;
      t[i * out + o] = c * a + 1e-38;
    }
  return { y, t };
}
