import * as C from '@longspan/core-tensor';
import * as tf from '@tensorflow/tfjs-core';
import type { Case } from '../case.ts';
import type { Loose } from '../loose.ts';
import { EPS, read } from '../tensors.ts';
import { T } from './arrays.ts';
import { make } from './draw.ts';
import { hiddenOf } from './made.ts';
import { isIntegralOfSlope } from './slope-along.ts';

/** What must hold of any layer: causality, padding, independence of batch rows, decoding by steps, directional derivatives. */
export async function layers(c: Case): Promise<void> {
  const r = c.rng;
  const m = make(c);
  if (!m.layer) return;
  const layer = m.layer(false);
  const parameters: Loose = { ...layer.init(C.createKey(r.int(0, 1e6))) };
  const wide = r.chance(0.7);
  for (const name of Object.keys(parameters)) {
    const p = parameters[name];
    if (p.dtype !== 'float32') continue;
    if (name.endsWith('current_val')) continue;
    const noise = r.normals(p.size, wide ? 0.3 : 0.02);
    parameters[name] = tf.add(p, T(noise, p.shape));
  }
  const inW = m.input === 'ids' ? 1 : m.width;
  const xs = m.input === 'ids' ? Float32Array.from({ length: m.B * m.n }, () => r.int(0, m.vocabulary! - 1)) : r.normals(m.B * m.n * inW);
  const shape = m.input === 'ids' ? [m.B, m.n] : [m.B, m.n, inW];
  const input = (x: Float32Array, s = shape) => (m.input === 'ids' ? tf.tensor(Int32Array.from(x), s, 'int32') : T(x, s));
  const run = (x: tf.Tensor, rows?: number[], ps = parameters, more: Loose = {}): tf.Tensor => {
    const ctx = { ...(m.context?.(rows) ?? {}), ...more };
    const y = layer.apply(ps, x, ...(Object.keys(ctx).length > 0 ? [ctx] : []));
    return hiddenOf(y);
  };
  const y0 = run(input(xs));
  const got = await read(y0);
  const outLen = y0.shape[1]!;
  const outW = y0.shape[2]!;
  const visible = (b: number, i: number) => !m.padded?.(b, i);
  const bad = got.findIndex((v) => !Number.isFinite(v));
  if (bad >= 0) {
    const i = Math.floor(bad / outW) % outLen;
    const b = Math.floor(bad / outW / outLen);
    if (outLen !== m.n || visible(b, i)) {
      c.report('high', `${m.name}: not finite`, { at: [b, i], got: String(got[bad]) });
      return;
    }
  }
  const typical = Math.sqrt(got.reduce((a, v) => a + (Number.isFinite(v) ? v * v : 0), 0) / got.length) + 1e-3;
  const tol = 2e-4 * typical + (m.choice ? 0 : 0);
  const same = (
    what: string,
    other: Float32Array,
    keep: (b: number, i: number) => boolean,
    severity: 'high' | 'medium' = 'high',
    tolerance = tol,
  ) => {
    const w: number[] = [];
    const g: number[] = [];
    for (let b = 0; b < m.B; b++)
      for (let i = 0; i < outLen; i++)
        if (keep(b, i))
          for (let d = 0; d < outW; d++) {
            const at = (b * outLen + i) * outW + d;
            w.push(got[at]!);
            g.push(other[at]!);
          }
    return c.close(`${m.name}: ${what}`, g, w, tolerance, severity);
  };
  if (m.zeroPadded && m.padded)
    for (let b = 0; b < m.B; b++)
      for (let i = 0; i < m.n; i++)
        if (!visible(b, i))
          for (let d = 0; d < outW; d++)
            if (got[(b * m.n + i) * outW + d] !== 0) {
              c.report('high', `${m.name}: rows of padding are 0`, { at: [b, i], got: got[(b * m.n + i) * outW + d] });
              b = 9;
              i = 999;
              break;
            }
  // what comes later changes nothing before
  if (m.causal && m.n > 1 && outLen === m.n && !m.choice) {
    const t = r.int(0, m.n - 2);
    const other = Float32Array.from(xs);
    const nan = m.input !== 'ids' && r.chance(0.3);
    for (let b = 0; b < m.B; b++)
      for (let i = t + 1; i < m.n; i++)
        for (let d = 0; d < inW; d++)
          other[(b * m.n + i) * inW + d] = m.input === 'ids' ? r.int(0, m.vocabulary! - 1) : nan ? NaN : r.normal() * 5;
    same(
      `a later token${nan ? ' that is NaN' : ''} changes an earlier row`,
      await read(run(input(other))),
      (b, i) => i <= t && visible(b, i),
      nan ? 'medium' : 'high',
    );
  }
  // padded tokens
  if (m.padded && outLen === m.n)
    for (const nan of [false, true]) {
      if (nan && (m.input === 'ids' || !r.chance(0.5))) continue;
      const other = Float32Array.from(xs);
      for (let b = 0; b < m.B; b++)
        for (let i = 0; i < m.n; i++)
          if (!visible(b, i))
            for (let d = 0; d < inW; d++)
              other[(b * m.n + i) * inW + d] =
                m.input === 'ids' ? r.int(0, m.vocabulary! - 1) : nan ? r.pick([NaN, Infinity]) : r.normal() * 10;
      same(`padding${nan ? ' that is NaN' : ''} changes other rows`, await read(run(input(other))), visible, nan ? 'medium' : 'high');
    }
  if (m.padded && outLen !== m.n) {
    const other = Float32Array.from(xs);
    for (let b = 0; b < m.B; b++)
      for (let i = 0; i < m.n; i++) if (!visible(b, i)) for (let d = 0; d < inW; d++) other[(b * m.n + i) * inW + d] = r.normal() * 10;
    const z = await read(run(input(other)));
    void z;
  }
  // each batch row alone
  if (m.B > 1) {
    const b = r.int(0, m.B - 1);
    const alone = Float32Array.from(xs.slice(b * m.n * inW, (b + 1) * m.n * inW));
    const one = await read(run(input(alone, m.input === 'ids' ? [1, m.n] : [1, m.n, inW]), [b]));
    const padTo = new Float32Array(got.length);
    padTo.set(one, b * outLen * outW);
    same('a batch row depends on the others', padTo, (p, i) => p === b && (outLen !== m.n || visible(p, i)));
  }
  // decoding
  if (m.decodes) {
    const cached = m.layer(true);
    let at = 0;
    let state: Loose;
    const rows = new Float32Array(got.length);
    while (at < m.n) {
      const step = r.chance(0.6) ? 1 : r.int(1, m.n - at);
      const part = new Float32Array(m.B * step * inW);
      for (let b = 0; b < m.B; b++) part.set(xs.slice((b * m.n + at) * inW, (b * m.n + at + step) * inW), b * step * inW);
      const ctx = { ...(m.context?.(undefined) ?? {}), ...(state ? { state } : {}) };
      const y = cached.apply(
        parameters,
        input(part, m.input === 'ids' ? [m.B, step] : [m.B, step, inW]),
        ...(Object.keys(ctx).length > 0 ? [ctx] : []),
      );
      const h = await read(y.hidden);
      for (let b = 0; b < m.B; b++)
        for (let i = 0; i < step; i++) rows.set(h.slice((b * step + i) * outW, (b * step + i + 1) * outW), (b * m.n + at + i) * outW);
      state = y.state;
      at += step;
    }
    same('decoding gives other rows than one call', rows, () => true);
  }
  // XL: a text cut into segments anywhere gives the same rows where the window fits in the memory
  if (m.name === 'xl') {
    const cfg = c.notes as Loose;
    if (cfg.window && cfg.window.left <= cfg.memoryLength) {
      let at = 0;
      let state: Loose;
      const rows = new Float32Array(got.length);
      while (at < m.n) {
        const step = r.int(1, m.n - at);
        const part = new Float32Array(m.B * step * inW);
        for (let b = 0; b < m.B; b++) part.set(xs.slice((b * m.n + at) * inW, (b * m.n + at + step) * inW), b * step * inW);
        const y = layer.apply(parameters, T(part, [m.B, step, inW]), ...(state ? [{ state }] : []));
        const h = await read(y.hidden);
        for (let b = 0; b < m.B; b++)
          for (let i = 0; i < step; i++) rows.set(h.slice((b * step + i) * outW, (b * step + i + 1) * outW), (b * m.n + at + i) * outW);
        state = y.state;
        at += step;
      }
      same('segments give other rows than one call', rows, () => true);
    }
  }
  if (m.name === 'reversible') {
    const back = await read((layer as Loose).invert(parameters, y0, ...(m.context ? [m.context(undefined)] : [])));
    c.close('reversible: invert', back, xs, 3e-3 * (1 + typical));
  }
  // directional derivatives: of x and of every parameter at once
  if (m.smooth && !m.choice) {
    const w = T(
      Float32Array.from({ length: got.length }, (_, at) => {
        const i = Math.floor(at / outW) % outLen;
        const b = Math.floor(at / outW / outLen);
        return outLen === m.n && !visible(b, i) ? 0 : r.normal();
      }),
      y0.shape,
    );
    const names = Object.keys(parameters).filter((k) => parameters[k].dtype === 'float32');
    const x = input(xs);
    const f = (x2: tf.Tensor, ...ps: tf.Tensor[]) => {
      const p = { ...parameters };
      names.forEach((k, i) => {
        p[k] = ps[i]!;
      });
      const y = run(x2, undefined, p);
      return tf.sum(tf.where(tf.notEqual(w, tf.zerosLike(w)), tf.mul(y, w), tf.zerosLike(w))) as tf.Scalar;
    };
    const args = [x, ...names.map((k) => parameters[k])];
    let gs: tf.Tensor[];
    try {
      gs = tf.grads(f)(args);
    } catch (e) {
      if (!/Cannot compute gradient of y=f\(x\) with respect to x/.test(String((e as Error).message))) throw e;
      gs = [];
    }
    if (gs.length > 0) {
      const which = r.int(0, args.length);
      const dirs = args.map((a, i) => r.normals(a.size, which === args.length || which === i ? 1 : 0));
      let slope = 0;
      let sizes = 0;
      for (let i = 0; i < args.length; i++) {
        const g = await read(gs[i]!);
        for (let d = 0; d < g.length; d++) {
          slope += g[d]! * dirs[i]![d]!;
          sizes += (g[d]! * dirs[i]![d]!) ** 2;
        }
      }
      if (!Number.isFinite(slope)) {
        c.report('high', `${m.name}: a gradient is not finite`, { which: which === 0 ? 'x' : (names[which - 1] ?? 'all') });
        return;
      }
      const flat = await read(w);
      let noise = 0;
      for (let i = 0; i < flat.length; i++) noise += Math.abs(flat[i]! * (Number.isFinite(got[i]!) ? got[i]! : 0)) ** 2;
      noise = Math.sqrt(noise) * EPS * 60;
      const shots: number[] = [];
      let ok = false;
      for (const h of [3e-2, 1e-2, 3e-3, 1e-3]) {
        const at = (s: number) =>
          args.map((a, i) =>
            tf.add(
              a,
              T(
                dirs[i]!.map((v) => v * s * h),
                a.shape,
              ),
            ),
          );
        const [p, q] = [await read(f(...(at(1) as [tf.Tensor]))), await read(f(...(at(-1) as [tf.Tensor])))];
        const fd = (p[0]! - q[0]!) / (2 * h);
        shots.push(fd);
        if (Math.abs(fd - slope) <= 0.02 * (Math.abs(slope) + Math.sqrt(sizes)) + noise / h + 1e-4) {
          ok = true;
          break;
        }
      }
      const line = (s: number) =>
        args.map((a, i) =>
          tf.add(
            a,
            T(
              dirs[i]!.map((v) => v * s),
              a.shape,
            ),
          ),
        );
      const along = {
        value: async (s: number) => (await read(f(...(line(s) as [tf.Tensor]))))[0]!,
        slope: async (s: number) => {
          let sum = 0;
          for (const [i, g] of tf.grads(f)(line(s)).entries()) {
            const numbers = await read(g);
            for (let d = 0; d < numbers.length; d++) sum += numbers[d]! * dirs[i]![d]!;
          }
          return sum;
        },
      };
      // A longer line shows smaller slopes; over a shorter one lie fewer of the jumps that norms of two features have.
      for (const reach of [3e-3, 3e-4]) ok ||= await isIntegralOfSlope(along, { reach, noise });
      if (!ok)
        c.report('high', `${m.name}: directional derivative`, {
          of: which === 0 ? 'x' : which === args.length ? 'all' : names[which - 1],
          byGradient: slope,
          byDifferences: shots,
          noise,
        });
    }
  }
}
