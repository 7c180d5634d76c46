import * as R from '@longspan/training';
import type { Case } from '../case.ts';
import { read } from '../tensors.ts';
import { norm2, record, someParameters } from './parameters.ts';

/** Clipping by the norm of all gradients. */
export async function clipping(c: Case): Promise<void> {
  const r = c.rng;
  const ps = someParameters(r);
  const big = r.pick([1, 1, 1e-12, 1e15]);
  for (const p of ps) p.x = p.x.map((v) => Math.fround(v * big));
  const max = r.pick([0.5, 1, 1e3, 1e-3]);
  const n = norm2(ps.flatMap((p) => [...p.x]));
  c.note({ big, max, n, sizes: ps.map((p) => p.shape) });
  const names = new Set(ps.map((p) => p.name));
  if (names.size < ps.length) return;
  const y = R.clipByGlobalNorm(record(ps), max);
  const gn = (await read(y.norm))[0]!;
  c.close('clipByGlobalNorm: norm', [gn], [n], 2e-6 * n + 1e-38, big > 1e18 ? 'unclear' : 'high');
  c.close('globalNorm', await read(R.globalNorm(record(ps))), [n], 2e-6 * n + 1e-38, big > 1e18 ? 'unclear' : 'high');
  if (big > 1e18) return;
  const f = Math.min(1, max / (n + 1e-6));
  for (const p of ps)
    c.close(
      'clipByGlobalNorm',
      await read(y.gradients[p.name]!),
      p.x.map((v) => v * f),
      p.x.map((v) => Math.abs(v * f) * 3e-6 + 1e-40),
    );
  const d = r.pick([0, 0.5, 0.999, 1]);
  const other = ps.map((p) => ({ ...p, x: Float64Array.from(r.normals(p.x.length)) }));
  const a = R.movingAverage(record(ps), record(other), d);
  for (let i = 0; i < ps.length; i++)
    c.close(
      'movingAverage',
      await read(a[ps[i]!.name]!),
      ps[i]!.x.map((v, j) => d * v + (1 - d) * other[i]!.x[j]!),
      ps[i]!.x.map((v) => 3e-7 * (Math.abs(v) + 3)),
    );
}
