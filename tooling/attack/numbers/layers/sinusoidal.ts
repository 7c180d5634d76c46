import * as C from '@longspan/core-tensor';
import type { Case } from '../case.ts';
import { read } from '../tensors.ts';
import { F } from './arrays.ts';

/** Sinusoids of Attention Is All You Need (arXiv 1706.03762) §3.5, interleaved or concatenated. */
export async function sinusoidal(c: Case): Promise<void> {
  const r = c.rng;
  const width = 2 * r.int(1, 20);
  const style = r.pick([undefined, 'interleaved', 'concatenated'] as const);
  const base = r.pick([undefined, 100, 10000]);
  const list = r.chance() ? Array.from({ length: r.int(1, 20) }, () => r.int(-50, 2000) / r.pick([1, 2])) : undefined;
  const n = r.int(1, 30);
  c.note({ width, style, base, list, n });
  const ps = list ?? Array.from({ length: n }, (_, i) => i);
  const want = F(ps.length * width);
  ps.forEach((p, i) => {
    for (let k = 0; k < width / 2; k++) {
      const a = p * (base ?? 10000) ** ((-2 * k) / width);
      if (style === 'concatenated') {
        want[i * width + k] = Math.sin(a);
        want[i * width + width / 2 + k] = Math.cos(a);
      } else {
        want[i * width + 2 * k] = Math.sin(a);
        want[i * width + 2 * k + 1] = Math.cos(a);
      }
    }
  });
  c.close(
    'sinusoidalPositions',
    await read(C.sinusoidalPositions(list ?? n, width, { ...(style ? { style } : {}), ...(base ? { base } : {}) })),
    want,
    1.2e-7,
  );
}
