import * as tf from '@tensorflow/tfjs-core';
import type { Case } from '../case.ts';
import type { Loose } from '../loose.ts';
import { read, size } from '../tensors.ts';
import { erf } from './activations.ts';
import { T } from './arrays.ts';

/** Functions of one and two operands, broadcast, with NaN and infinities. */
export async function stockElementwise(c: Case): Promise<void> {
  const r = c.rng;
  const shape = Array.from({ length: r.int(1, 5) }, () => r.int(1, 6));
  const sb = shape.map((s) => (r.chance(0.7) ? s : 1));
  const strip = r.chance(0.3) ? r.int(0, sb.length - 1) : 0;
  const special = [NaN, Infinity, -Infinity, 0, -0, 3.4e38, -3.4e38, 1e-45, 88.8, -104, -87.5, 0.5];
  const dr = (n: number) => {
    const x = r.normals(n, r.pick([1, 10, 50]));
    for (let i = 0; i < n; i++) if (r.chance(0.2)) x[i] = r.pick(special);
    return x;
  };
  const op = r.pick([
    'exp',
    'log',
    'tanh',
    'erf',
    'maximum',
    'minimum',
    'equal',
    'notEqual',
    'greater',
    'greaterEqual',
    'less',
    'lessEqual',
    'where',
  ] as const);
  c.note({ op, shape, sb, strip });
  const x = dr(size(shape));
  const X = T(x, shape);
  const one: Record<string, (v: number) => number> = {
    exp: (v) => Math.exp(v),
    log: (v) => Math.log(v),
    tanh: Math.tanh,
    erf: (v) => (Number.isNaN(v) ? NaN : erf(v)),
  };
  if (op in one) {
    const want = Float64Array.from(x, (v) => {
      const y = one[op]!(v);
      return op === 'exp' && y > 3.4028235677973366e38 ? Infinity : y;
    });
    c.close(
      `stock ${op}`,
      await read((tf as Loose)[op](X)),
      want,
      Float64Array.from(
        want,
        (v) => Math.abs(v) * (op === 'exp' || op === 'tanh' ? 4e-7 : 3e-7) + (op === 'erf' ? 2.5e-7 : op === 'log' ? 2e-7 : 1.2e-38),
      ),
      'medium',
    );
    return;
  }
  const shapeB = sb.slice(strip);
  const dt = r.chance(0.3) && op !== 'where' ? 'int32' : 'float32';
  const xi = dt === 'int32' ? Int32Array.from(x, () => r.int(-5, 5)) : x;
  const y = dt === 'int32' ? Int32Array.from({ length: size(shapeB) }, () => r.int(-5, 5)) : dr(size(shapeB));
  if (dt === 'float32') for (let i = 0; i < y.length; i++) if (r.chance(0.3)) y[i] = x[i % x.length]!;
  const bAt = (at: number) => {
    let rest = at;
    let to = 0;
    let mul = 1;
    for (let i = shape.length - 1; i >= strip; i--) {
      const k = rest % shape[i]!;
      rest = Math.floor(rest / shape[i]!);
      to += (sb[i] === 1 ? 0 : k) * mul;
      mul *= sb[i]!;
    }
    return to;
  };
  const X2 = T(xi as Loose, shape, dt);
  const Y2 = T(y as Loose, shapeB, dt);
  c.note({ dt });
  if (op === 'where') {
    const cond = Uint8Array.from(x, () => (r.chance() ? 1 : 0));
    const w = Float64Array.from(x, (v, i) => (cond[i] ? v : y[bAt(i)]!));
    c.close('stock where', await read(tf.where(tf.tensor(cond, shape, 'bool'), X2, Y2)), w, 0, 'medium');
    return;
  }
  const f: Record<string, (a: number, b: number) => number> = {
    maximum: Math.max,
    minimum: Math.min,
    equal: (a, b) => +(a === b),
    notEqual: (a, b) => +(a !== b),
    greater: (a, b) => +(a > b),
    greaterEqual: (a, b) => +(a >= b),
    less: (a, b) => +(a < b),
    lessEqual: (a, b) => +(a <= b),
  };
  const swap = r.chance();
  const got = await read(swap ? (tf as Loose)[op](Y2, X2) : (tf as Loose)[op](X2, Y2));
  c.close(
    `stock ${op}`,
    got,
    Float64Array.from(xi as Loose, (v: number, i) => (swap ? f[op]!(y[bAt(i)]!, v) : f[op]!(v, y[bAt(i)]!))),
    0,
    'medium',
  );
}
