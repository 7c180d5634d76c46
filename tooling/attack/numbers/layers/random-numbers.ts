import * as C from '@longspan/core-tensor';
import * as tf from '@tensorflow/tfjs-core';
import type { Case } from '../case.ts';
import { read } from '../tensors.ts';
import { F, T } from './arrays.ts';

// Threefry-2x32-20, Salmon et al. 2011
function threefry(k: readonly number[], x0: number, x1: number): [number, number] {
  const rot = [13, 15, 26, 6, 17, 29, 16, 24];
  const ks = [k[0]! | 0, k[1]! | 0, 0x1bd11bda ^ k[0]! ^ k[1]!];
  let a = (x0 + ks[0]!) | 0;
  let b = (x1 + ks[1]!) | 0;
  for (let i = 0; i < 20; i++) {
    a = (a + b) | 0;
    const s = rot[i % 8]!;
    b = ((b << s) | (b >>> (32 - s))) ^ a;
    if (i % 4 === 3) {
      const j = (i + 1) / 4;
      a = (a + ks[j % 3]!) | 0;
      b = (b + ks[(j + 1) % 3]! + j) | 0;
    }
  }
  return [a >>> 0, b >>> 0];
}

/** Keys, bits, uniform and normal numbers: Threefry again, and what a distribution must look like. */
export async function random(c: Case): Promise<void> {
  const r = c.rng;
  const key = C.keyFromWords([r.word(), r.word()]);
  const n = r.int(1, 2000);
  c.note({ words: key.words, n });
  const bits = C.randomBits(key, n);
  const forms = [(i: number) => threefry(key.words, i, 0), (i: number) => threefry(key.words, 0, i)];
  let ok = false;
  for (const f of forms) {
    let good = true;
    for (let i = 0; i < n && good; i++) good = bits[i] === f(i >> 1)[i & 1];
    ok ||= good;
  }
  if (!ok) c.report('high', 'randomBits is not Threefry-2x32-20 of counter floor(i / 2)', { first: bits[0], expected: forms[0]!(0)[0] });
  const short = C.randomBits(key, Math.max(1, n >> 1));
  if (short.some((v, i) => v !== bits[i])) c.report('high', 'a longer draw does not begin with the shorter one');
  const u = C.randomUniform(key, n);
  for (let i = 0; i < n; i++)
    if (!(u[i]! >= 0 && u[i]! < 1) || u[i]! * 2 ** 24 !== Math.floor(u[i]! * 2 ** 24)) {
      c.report('high', 'randomUniform out of its range or grid', { got: u[i] });
      break;
    }
  const z = C.randomNormal(key, n);
  let m = 0;
  let v = 0;
  for (const q of z) {
    m += q / n;
    v += (q * q) / n;
    if (!(Math.abs(q) <= 6.67)) c.report('high', 'randomNormal beyond 6.67', { got: q });
  }
  if (n > 500 && (Math.abs(m) > 6 / Math.sqrt(n) || Math.abs(v - 1) > 9 / Math.sqrt(n)))
    c.report('high', 'randomNormal moments', { m, v, n });
  const p = C.randomPermutation(key, n);
  const seen = new Uint8Array(n);
  for (const q of p) seen[q] = 1;
  if (seen.some((q) => q === 0) || p.length !== n) c.report('high', 'randomPermutation is none');
  // dropout
  const rate = r.pick([0, 0.1, 0.5, 0.9, 0.999]);
  const x = r.normals(n);
  const bad = r.chance(0.4);
  if (bad) for (let i = 0; i < n; i++) if (r.chance(0.1)) x[i] = r.pick([Infinity, NaN, -Infinity]);
  const X = T(x, [n]);
  const y = await read(C.applyDropout(X, rate, key));
  const ones = await read(C.applyDropout(tf.ones([n]), rate, key));
  const g = r.normals(n);
  c.note({ rate, bad });
  let kept = 0;
  const want = F(n);
  const dwant = F(n);
  for (let i = 0; i < n; i++) {
    const on = ones[i] !== 0;
    if (on) kept++;
    want[i] = on ? x[i]! / (1 - rate) : 0;
    dwant[i] = on ? g[i]! / (1 - rate) : 0;
  }
  c.close(
    'applyDropout',
    y,
    want,
    Float64Array.from(want, (q) => Math.abs(q) * 3e-7 * (rate > 0.99 ? 100 : 3)),
    bad ? 'medium' : 'high',
  );
  if (n > 300 && Math.abs(kept / n - (1 - rate)) > 6 * Math.sqrt((rate * (1 - rate)) / n) + 1e-9)
    c.report('high', 'applyDropout: share kept', { rate, share: kept / n, n });
  const [d] = tf.grads((q: tf.Tensor) => tf.sum(tf.mul(C.applyDropout(q, rate, key), T(g, [n]))) as tf.Scalar)([X]);
  c.close(
    'applyDropout: dx',
    await read(d!),
    dwant,
    Float64Array.from(dwant, (q) => Math.abs(q) * 3e-7 * (rate > 0.99 ? 100 : 3)),
  );
  const keep = C.randomUniform(key, n);
  void keep;
}
