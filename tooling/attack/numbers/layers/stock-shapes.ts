import * as tf from '@tensorflow/tfjs-core';
import type { Case } from '../case.ts';
import type { Loose } from '../loose.ts';
import { read, size } from '../tensors.ts';
import { F } from './arrays.ts';

/** What moves numbers and changes none: transpose, slice, concat, pad, tile, reverse, cast. */
export async function stockShapes(c: Case): Promise<void> {
  const r = c.rng;
  const rank = r.int(1, 6);
  const shape = Array.from({ length: rank }, () => r.int(1, 5));
  const dt = r.pick(['float32', 'int32', 'bool'] as const);
  const n = size(shape);
  const x = dt === 'float32' ? r.normals(n) : Int32Array.from({ length: n }, () => (dt === 'bool' ? r.int(0, 1) : r.int(-1e9, 1e9)));
  const X = tf.tensor(dt === 'bool' ? Uint8Array.from(x) : (x as Loose), shape, dt);
  const op = r.pick(['transpose', 'slice', 'split', 'tile', 'reverse', 'clone', 'cast']);
  const idxOf = (at: number, s: number[]) => {
    const idx: number[] = [];
    let rest = at;
    for (let i = s.length - 1; i >= 0; i--) {
      idx[i] = rest % s[i]!;
      rest = Math.floor(rest / s[i]!);
    }
    return idx;
  };
  const atOf = (idx: number[], s: number[]) => idx.reduce((a, v, i) => a * s[i]! + v, 0);
  c.note({ op, shape, dt });
  if (op === 'transpose') {
    const perm = r.shuffled(shape.map((_, i) => i));
    c.note({ perm });
    const s2 = perm.map((p) => shape[p]!);
    const want = F(n);
    for (let at = 0; at < n; at++) {
      const idx = idxOf(at, shape);
      want[
        atOf(
          perm.map((p) => idx[p]!),
          s2,
        )
      ] = x[at]!;
    }
    c.close('stock transpose', await read(tf.transpose(X, perm)), want, 0);
  }
  if (op === 'slice') {
    const begin = shape.map((s) => r.int(0, s - 1));
    const len = shape.map((s, i) => r.int(0, s - begin[i]!));
    c.note({ begin, len });
    const want = F(size(len));
    for (let at = 0; at < want.length; at++) {
      const idx = idxOf(at, len);
      want[at] =
        x[
          atOf(
            idx.map((v, i) => v + begin[i]!),
            shape,
          )
        ]!;
    }
    if (rank <= 6) c.close('stock slice', await read(tf.slice(X, begin, len)), want, 0);
  }
  if (op === 'split') {
    const axis = r.int(0, rank - 1);
    const parts: number[] = [];
    let left = shape[axis]!;
    while (left > 0) {
      const p = r.int(1, left);
      parts.push(p);
      left -= p;
    }
    c.note({ axis, parts });
    const ys = tf.split(X, parts, axis);
    let from = 0;
    for (let i = 0; i < parts.length; i++) {
      const s2 = shape.map((s, a) => (a === axis ? parts[i]! : s));
      const want = F(size(s2));
      for (let at = 0; at < want.length; at++) {
        const idx = idxOf(at, s2);
        idx[axis]! += from;
        want[at] = x[atOf(idx, shape)]!;
      }
      c.close('stock split', await read(ys[i]!), want, 0);
      from += parts[i]!;
    }
  }
  if (op === 'tile' && rank <= 5) {
    const reps = shape.map(() => r.int(1, 3));
    c.note({ reps });
    const s2 = shape.map((s, i) => s * reps[i]!);
    if (size(s2) > 20000) return;
    const want = F(size(s2));
    for (let at = 0; at < want.length; at++) {
      const idx = idxOf(at, s2);
      want[at] =
        x[
          atOf(
            idx.map((v, i) => v % shape[i]!),
            shape,
          )
        ]!;
    }
    c.close('stock tile', await read(tf.tile(X, reps)), want, 0);
  }
  if (op === 'reverse') {
    const axes = r.subset(rank, 0.5);
    c.note({ axes });
    const want = F(n);
    for (let at = 0; at < n; at++) {
      const idx = idxOf(at, shape);
      want[at] =
        x[
          atOf(
            idx.map((v, i) => (axes.includes(i) || (axes.length === 0 && false) ? shape[i]! - 1 - v : v)),
            shape,
          )
        ]!;
    }
    if (axes.length > 0) c.close('stock reverse', await read(tf.reverse(X, axes)), want, 0);
  }
  if (op === 'clone') c.close('stock identity', await read(tf.clone(X)), Float64Array.from(x), 0);
  if (op === 'cast') {
    const to = dt;
    const xs = dt === 'float32' ? r.normals(n, 100) : x;
    c.note({ to });
    const X2 = dt === 'float32' ? tf.tensor(xs, shape) : X;
    const want = Float64Array.from(xs as Loose, (v: number) =>
      to === 'int32' ? Math.trunc(v) : to === 'bool' ? +(v !== 0) : Math.fround(v),
    );
    c.close('stock cast', await read(tf.cast(X2, to)), want, 0, 'medium');
  }
}
