import * as C from '@longspan/core-tensor';
import type { Case } from '../case.ts';

/** ALiBi (arXiv 2108.12409) §3: slopes by powers of 2, and between them for other numbers of heads. */
export async function alibiSlopes(c: Case): Promise<void> {
  const r = c.rng;
  const h = r.int(1, 70);
  c.note({ h });
  const power = (n: number): number[] => {
    const start = 2 ** -(2 ** -(Math.log2(n) - 3));
    return Array.from({ length: n }, (_, i) => start * start ** i);
  };
  const slopes = (n: number): number[] => {
    if (Number.isInteger(Math.log2(n))) return power(n);
    const p = 2 ** Math.floor(Math.log2(n));
    return [
      ...power(p),
      ...slopes(2 * p)
        .filter((_, i) => i % 2 === 0)
        .slice(0, n - p),
    ];
  };
  const want = slopes(h);
  c.close(
    'alibiSlopes',
    C.alibiSlopes(h),
    want,
    Float64Array.from(want, (v) => v * 1.3e-7),
  );
}
