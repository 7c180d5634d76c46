import * as tf from '@tensorflow/tfjs-core';
import type { Case } from '../case.ts';
import { EPS, read, size } from '../tensors.ts';
import { F, T } from './arrays.ts';

/** einsum of one to three operands, in the explicit and the implicit form, and its gradients. */
export async function stockEinsum(c: Case): Promise<void> {
  const r = c.rng;
  const letters = 'abcdef'.split('').slice(0, r.int(1, 5));
  const dims: Record<string, number> = {};
  for (const l of letters) dims[l] = r.int(1, 5);
  const many = r.int(1, 3);
  const ell = r.chance(0.25) ? Array.from({ length: r.int(1, 2) }, () => r.int(1, 3)) : undefined;
  const ops = Array.from({ length: many }, () => {
    const own = Array.from({ length: r.int(1, 3) }, () => r.pick(letters));
    return own;
  });
  const shapes = ops.map((o) => [...(ell ?? []), ...o.map((l) => dims[l]!)]);
  const used = [...new Set(ops.flat())];
  const out = r.shuffled([...used]).slice(0, r.int(0, used.length));
  const implicit = r.chance(0.2);
  const flat = ops.flat();
  const outLetters = implicit ? [...new Set(flat)].filter((l) => flat.filter((x) => x === l).length === 1).sort() : out;
  const eq = `${ops.map((o) => `${ell ? '...' : ''}${o.join('')}`).join(',')}${implicit ? '' : `->${ell ? '...' : ''}${out.join('')}`}`;
  c.note({ eq, shapes });
  const xs = shapes.map((s) => r.normals(size(s)));
  const eN = ell ? size(ell) : 1;
  const outN = outLetters.reduce((a, l) => a * dims[l]!, 1);
  const want = F(eN * outN);
  const tol = F(eN * outN);
  const sumN = used.reduce((a, l) => a * dims[l]!, 1);
  const grads = xs.map((x) => F(x.length));
  const gt = xs.map((x) => F(x.length));
  const g = r.normals(eN * outN);
  for (let e = 0; e < eN; e++)
    for (let at = 0; at < sumN; at++) {
      let rest = at;
      const idx: Record<string, number> = {};
      for (const l of used) {
        idx[l] = rest % dims[l]!;
        rest = Math.floor(rest / dims[l]!);
      }
      const places = ops.map((o) => o.reduce((a, l) => a * dims[l]! + idx[l]!, e));
      const to = outLetters.reduce((a, l) => a * dims[l]! + idx[l]!, e);
      const f = xs.map((x, i) => x[places[i]!]!);
      const p = f.reduce((a, b) => a * b, 1);
      want[to]! += p;
      tol[to]! += Math.abs(p) * EPS * 40;
      for (let i = 0; i < many; i++) {
        const q = f.reduce((a, b, j) => (i === j ? a : a * b), 1) * g[to]!;
        grads[i]![places[i]!]! += q;
        gt[i]![places[i]!]! += Math.abs(q) * EPS * 60;
      }
    }
  const ts = xs.map((x, i) => T(x, shapes[i]!));
  const y = tf.einsum(eq, ...ts);
  c.close(
    'stock einsum',
    await read(y),
    want,
    tol.map((t) => t + 1e-38),
  );
  const outShape = [...(ell ?? []), ...outLetters.map((l) => dims[l]!)];
  if (JSON.stringify(y.shape) !== JSON.stringify(outShape)) {
    c.report('high', 'stock einsum: shape', { expected: outShape, got: y.shape });
    return;
  }
  const gs = tf.grads((...zs: tf.Tensor[]) => tf.sum(tf.mul(tf.einsum(eq, ...zs), T(g, outShape))) as tf.Scalar)(ts);
  for (let i = 0; i < many; i++)
    c.close(
      `stock einsum: gradient`,
      await read(gs[i]!),
      grads[i]!,
      gt[i]!.map((t) => t + 1e-38),
    );
}
