import * as R from '@longspan/training';
import * as tf from '@tensorflow/tfjs-core';
import type { Case } from '../case.ts';
import type { Loose } from '../loose.ts';
import { read } from '../tensors.ts';
import { norm2, record, someParameters, T } from './parameters.ts';

/** AdamW (arXiv 1711.05101), SGD, Adafactor (arXiv 1804.04235), Muon and groups, some steps on each other. */
export async function optimizer(c: Case): Promise<void> {
  const r = c.rng;
  const kind = r.pick(['adamW', 'adamW', 'sgd', 'adafactor', 'adafactor', 'muon', 'groups'] as const);
  const ps = someParameters(r, kind === 'muon' ? [2] : undefined);
  const wd = r.pick([0, 0.01, 0.5, undefined]);
  const steps = r.int(1, 6);
  const decaysAll = r.chance(0.6);
  const decays = (name: string) => decaysAll || name.includes('weight');
  const zero = r.chance(0.1);
  const mg = r.pick([1e-4, 1, 1, 100]);
  const config: Loose = {};
  if (wd !== undefined) config.weightDecay = wd;
  if (!decaysAll) config.decays = (name: string) => decays(name);
  const beta1 = r.pick([0, 0.5, 0.9]);
  const beta2 = r.pick([0.9, 0.99, 0.999]);
  const epsilon = r.pick([1e-8, 1e-3]);
  const momentum = r.pick([0, 0.9, 0.95]);
  const decayRate = r.pick([-0.8, -0.5]);
  const clipThreshold = r.pick([1, 0.5, 1e6]);
  const leastScale = r.pick([0, 1e-3, 0.5]);
  const ab1 = r.pick([undefined, 0.9, 0]);
  const iterations = r.pick([5, 3, 1]);
  const eps2 = r.pick([1e-30, 1e-3]);
  let o: R.Optimizer;
  if (kind === 'adamW' || kind === 'groups') {
    Object.assign(config, { beta1, beta2, epsilon });
    o = R.adamW(config);
  } else if (kind === 'sgd') {
    config.momentum = momentum;
    o = R.sgd(config);
  } else if (kind === 'adafactor') {
    Object.assign(config, { decayRate, clipThreshold, leastScale, epsilon: eps2 });
    if (ab1 !== undefined) config.beta1 = ab1;
    o = R.adafactor(config);
  } else {
    Object.assign(config, { momentum, iterations });
    o = R.muon(config);
  }
  const rate = r.pick([1, 0.5]);
  const inner = o;
  if (kind === 'groups')
    o = R.parameterGroups([
      { of: R.named('*.bias'), optimizer: R.sgd(), rate: 0.1 },
      { of: R.named('*'), optimizer: inner, rate },
    ]);
  c.note({ kind, config, steps, decaysAll, shapes: ps.map((p) => [p.name, p.shape]), zero, mg, rate });
  const W = wd ?? (kind === 'adamW' || kind === 'groups' ? 0.01 : kind === 'muon' ? 0.1 : 0);
  let state: Loose = {};
  let parameters: Loose = record(ps);
  const mine = ps.map((p) => ({
    ...p,
    x: Float64Array.from(p.x),
    m: new Float64Array(p.x.length),
    v: new Float64Array(p.x.length),
    row: undefined as Float64Array | undefined,
    col: undefined as Float64Array | undefined,
    t: 0,
    moved: 0,
  }));
  for (let s = 0; s < steps; s++) {
    const lr = Math.fround(r.pick([0.1, 1e-3, 0.5]));
    const grads: Loose = {};
    for (const p of mine) {
      if (r.chance(0.12)) continue; // no gradient: it is left alone
      const g = zero ? new Float32Array(p.x.length) : r.normals(p.x.length, mg);
      grads[p.name] = T(g, p.shape);
      p.t++;
      const isBias = kind === 'groups' && p.name.endsWith('.bias');
      const w = isBias ? 0 : decays(p.name) ? W : 0;
      const eta = lr * (kind === 'groups' ? (isBias ? 0.1 : rate) : 1);
      if (isBias) {
        for (let i = 0; i < g.length; i++) p.x[i]! -= eta * g[i]!;
        continue;
      }
      if (kind === 'adamW' || kind === 'groups')
        for (let i = 0; i < g.length; i++) {
          p.x[i]! -= eta * w * p.x[i]!;
          p.m[i] = beta1 * p.m[i]! + (1 - beta1) * g[i]!;
          p.v[i] = beta2 * p.v[i]! + (1 - beta2) * g[i]! ** 2;
          const mh = p.m[i]! / (1 - beta1 ** p.t);
          const vh = p.v[i]! / (1 - beta2 ** p.t);
          p.x[i]! -= (eta * mh) / (Math.sqrt(vh) + epsilon);
          p.moved += eta;
        }
      else if (kind === 'sgd')
        for (let i = 0; i < g.length; i++) {
          const q = g[i]! + w * p.x[i]!;
          p.m[i] = momentum * p.m[i]! + q;
          p.x[i]! -= eta * p.m[i]!;
        }
      else if (kind === 'adafactor') {
        // transformers.optimization.Adafactor
        const n = g.length;
        const factored = p.shape.length >= 2;
        const b2 = 1 - p.t ** decayRate;
        const rms = norm2(p.x) / Math.sqrt(n);
        const eta2 = leastScale > 0 ? eta * Math.max(leastScale, rms) : eta;
        const u = new Float64Array(n);
        if (factored) {
          const rows = p.shape.at(-2)!;
          const cols = p.shape.at(-1)!;
          const lead = n / rows / cols;
          p.row ??= new Float64Array(lead * rows);
          p.col ??= new Float64Array(lead * cols);
          for (let l = 0; l < lead; l++) {
            for (let a = 0; a < rows; a++) {
              let m = 0;
              for (let b = 0; b < cols; b++) m += (g[(l * rows + a) * cols + b]! ** 2 + eps2) / cols;
              p.row[l * rows + a] = b2 * p.row[l * rows + a]! + (1 - b2) * m;
            }
            for (let b = 0; b < cols; b++) {
              let m = 0;
              for (let a = 0; a < rows; a++) m += (g[(l * rows + a) * cols + b]! ** 2 + eps2) / rows;
              p.col[l * cols + b] = b2 * p.col[l * cols + b]! + (1 - b2) * m;
            }
            let mean = 0;
            for (let a = 0; a < rows; a++) mean += p.row[l * rows + a]! / rows;
            for (let a = 0; a < rows; a++)
              for (let b = 0; b < cols; b++)
                u[(l * rows + a) * cols + b] =
                  g[(l * rows + a) * cols + b]! / Math.sqrt(p.row[l * rows + a]! / mean) / Math.sqrt(p.col[l * cols + b]!);
          }
        } else
          for (let i = 0; i < n; i++) {
            p.v[i] = b2 * p.v[i]! + (1 - b2) * (g[i]! ** 2 + eps2);
            u[i] = g[i]! / Math.sqrt(p.v[i]!);
          }
        const ur = norm2(u) / Math.sqrt(n);
        const f = Math.max(1, ur / clipThreshold);
        for (let i = 0; i < n; i++) {
          let q = (u[i]! / f) * eta2;
          if (ab1 !== undefined) {
            p.m[i] = ab1 * p.m[i]! + (1 - ab1) * q;
            q = p.m[i]!;
          }
          p.x[i]! -= w * eta2 * p.x[i]!;
          p.x[i]! -= q;
        }
      } else {
        const [rows, cols] = p.shape as [number, number];
        const n = g.length;
        let X: number[] = [];
        for (let i = 0; i < n; i++) {
          p.m[i] = momentum * p.m[i]! + g[i]!;
          X[i] = g[i]! + momentum * p.m[i]!;
        }
        const nn = norm2(X);
        X = X.map((v) => v / (nn + 1e-7));
        const tr = rows > cols;
        const mm = (a: number[], ra: number, ca: number, b: number[], cb: number) => {
          const y = new Array(ra * cb).fill(0);
          for (let i = 0; i < ra; i++)
            for (let k = 0; k < ca; k++) for (let j = 0; j < cb; j++) y[i * cb + j] += a[i * ca + k]! * b[k * cb + j]!;
          return y;
        };
        const tp = (a: number[], ra: number, ca: number) => {
          const y: number[] = [];
          for (let j = 0; j < ca; j++) for (let i = 0; i < ra; i++) y.push(a[i * ca + j]!);
          return y;
        };
        let a0 = rows;
        let a1 = cols;
        if (tr) {
          X = tp(X, rows, cols);
          [a0, a1] = [cols, rows];
        }
        for (let it = 0; it < iterations; it++) {
          const A = mm(X, a0, a1, tp(X, a0, a1), a0);
          const A2 = mm(A, a0, a0, A, a0);
          const B = A.map((v, i) => -4.775 * v + 2.0315 * A2[i]!);
          const BX = mm(B, a0, a0, X, a1);
          X = X.map((v, i) => 3.4445 * v + BX[i]!);
        }
        if (tr) X = tp(X, a0, a1);
        const sc = 0.2 * Math.sqrt(Math.max(rows, cols));
        for (let i = 0; i < n; i++) p.x[i]! -= eta * (X[i]! * sc + w * p.x[i]!);
      }
    }
    const before = tf.memory().numTensors;
    void before;
    const y = o.step(parameters, grads, state, lr);
    parameters = { ...parameters, ...y.parameters };
    state = { ...state, ...y.state };
  }
  for (const p of mine) {
    const got = await read(parameters[p.name]);
    // A rate that is scaled by the weights themselves doubles their relative error in each step, and weights may grow with their squares.
    const fresh = kind === 'muon' ? 2e-3 : kind === 'adafactor' && leastScale > 0 ? 2e-5 * 2 ** Math.max(0, steps - 2) : 2e-5;
    c.close(
      `${kind} after steps`,
      got,
      p.x,
      Float64Array.from(p.x, (v) => fresh * (1 + Math.abs(v)) + (kind === 'sgd' ? 1e-5 * mg * steps : 0)),
    );
  }
}
