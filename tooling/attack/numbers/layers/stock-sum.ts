import * as tf from '@tensorflow/tfjs-core';
import type { Case } from '../case.ts';
import type { Loose } from '../loose.ts';
import { read, size } from '../tensors.ts';
import { F } from './arrays.ts';

/** sum over any axes. */
export async function stockSum(c: Case): Promise<void> {
  const r = c.rng;
  const shape = Array.from({ length: r.int(1, 5) }, () => r.int(1, 7));
  const axes = r.chance(0.2) ? undefined : r.subset(shape.length, 0.5);
  const keep = r.chance();
  const dt = r.pick(['float32', 'int32', 'bool'] as const);
  const x =
    dt === 'float32'
      ? r.normals(size(shape))
      : Int32Array.from({ length: size(shape) }, () => (dt === 'bool' ? r.int(0, 1) : r.int(-1e6, 1e6)));
  c.note({ shape, axes, keep, dt });
  const ax = axes ?? shape.map((_, i) => i);
  const outS = shape.map((s, i) => (ax.includes(i) ? 1 : s));
  const want = F(size(outS));
  const sizes = F(size(outS));
  for (let at = 0; at < x.length; at++) {
    let rest = at;
    const idx: number[] = [];
    for (let i = shape.length - 1; i >= 0; i--) {
      idx[i] = rest % shape[i]!;
      rest = Math.floor(rest / shape[i]!);
    }
    const out = outS.reduce((a, s, i) => a * s + (s === 1 ? 0 : idx[i]!), 0);
    want[out]! += x[at]!;
    sizes[out]! += Math.abs(x[at]!);
  }
  c.close(
    'stock sum',
    await read(tf.sum(tf.tensor(dt === 'bool' ? Uint8Array.from(x) : (x as Loose), shape, dt), axes, keep)),
    want,
    // tfjs's own kernel, which takes the sums along the last axis, adds one float32 after the other: the roundings of n numbers add up.
    dt === 'float32' ? sizes.map((s) => 2e-6 + s * 2 ** -24 * Math.sqrt(x.length / want.length)) : 0,
  );
}
