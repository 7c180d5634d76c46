import * as C from '@longspan/core-tensor';
import * as R from '@longspan/training';
import * as tf from '@tensorflow/tfjs-core';
import type { Case } from '../case.ts';
import type { Loose } from '../loose.ts';
import { read } from '../tensors.ts';
import { norm2, T } from './parameters.ts';

/** A quadratic model whose whole run is worked out in float64: accumulation, clipping, average, schedule, validation. */
export async function run(c: Case): Promise<void> {
  const r = c.rng;
  const d = r.int(1, 4);
  const steps = r.int(1, 6);
  const accumulate = r.int(1, 3);
  const maxNorm = r.pick([undefined, 0.5, 100]);
  const averageDecay = r.pick([undefined, 0.5, 0.9]);
  const lr = r.pick([0.1, 0.3]);
  const momentum = r.pick([0, 0.9]);
  const batches = Array.from({ length: steps * accumulate + 4 }, () => {
    const n = r.int(1, 4);
    return { n, x: r.normals(n * d), count: r.chance(0.5) ? r.int(0, 5) : undefined };
  });
  const useCounts = r.chance();
  if (!useCounts) for (const b of batches) b.count = undefined;
  c.note({ d, steps, accumulate, maxNorm, averageDecay, lr, momentum, counts: batches.map((b) => b.count ?? b.n * d) });
  const model = C.defineLayer({
    name: 'square',
    spec: { weight: { shape: [d], draw: { kind: 'ones' }, decay: false } },
    run: ({ parameters }: Loose, x: tf.Tensor) => tf.mean(tf.square(tf.sub(x, parameters.get('weight')))) as Loose,
  });
  const data = async function* (from: number) {
    for (let i = from; i < batches.length; i++) {
      const b = batches[i]!;
      yield { x: T(b.x, [b.n, d]), ...(b.count === undefined ? {} : { count: b.count }) };
    }
  };
  const y = R.train(model as Loose, data as Loose, {
    key: C.createKey(1),
    steps,
    schedule: R.linearSchedule({ learningRate: lr, steps: 10 }),
    optimizer: R.sgd({ momentum }),
    accumulate,
    ...(maxNorm ? { maxNorm } : {}),
    ...(averageDecay !== undefined ? { averageDecay } : {}),
  });
  const seen: Loose[] = [];
  for await (const s of y) seen.push(s);
  const done = await y.finish();
  const w = new Float64Array(d).fill(1);
  const av = new Float64Array(d).fill(1);
  const m = new Float64Array(d);
  let at = 0;
  const want: Loose[] = [];
  // A batch of 0 teaches nothing: a step takes the next one as well. The step's loss: the mean over all numbers of its batches.
  outer: for (let s = 0; s < steps; s++) {
    const g = new Float64Array(d);
    let loss = 0;
    let total = 0;
    const part: { l: number; g: Float64Array; n: number }[] = [];
    while (part.length < accumulate) {
      const b = batches[at++];
      if (!b && part.length === 0) break outer;
      if (!b) break; // a step of fewer where the data ends
      const n = b.count ?? b.n * d;
      if (n === 0) continue;
      const gg = new Float64Array(d);
      let l = 0;
      for (let i = 0; i < b.n; i++)
        for (let j = 0; j < d; j++) {
          const e = b.x[i * d + j]! - w[j]!;
          l += (e * e) / (b.n * d);
          gg[j]! -= (2 * e) / (b.n * d);
        }
      part.push({ l, g: gg, n });
      total += n;
    }
    for (const p of part) {
      loss += (p.l * p.n) / total;
      for (let j = 0; j < d; j++) g[j]! += (p.g[j]! * p.n) / total;
    }
    const norm = norm2(g);
    const f = maxNorm ? Math.min(1, maxNorm / (norm + 1e-6)) : 1;
    const eta = lr * Math.max(0, 1 - s / 10);
    for (let j = 0; j < d; j++) {
      m[j] = momentum * m[j]! + f * g[j]!;
      w[j]! -= eta * m[j]!;
      if (averageDecay !== undefined) av[j] = averageDecay * av[j]! + (1 - averageDecay) * w[j]!;
    }
    want.push({ loss, norm, eta });
  }
  if (seen.length !== want.length) {
    c.report('high', 'train: steps taken', { expected: want.length, got: seen.length, ended: done.ended });
    return;
  }
  c.close(
    'train: loss',
    seen.map((s) => s.loss),
    want.map((s) => s.loss),
    1e-5 * 10,
  );
  c.close(
    'train: gradientNorm',
    seen.map((s) => s.gradientNorm),
    want.map((s) => s.norm),
    1e-4,
  );
  c.close(
    'train: learningRate',
    seen.map((s) => s.learningRate),
    want.map((s) => s.eta),
    1e-9,
  );
  c.close('train: weights', await read(done.parameters['weight']!), w, 1e-4);
  if (averageDecay !== undefined) c.close('train: average', await read(done.average['weight']!), av, 1e-4);
  C.disposeParameters(done.parameters);
  C.disposeParameters(done.average);
  C.disposeState(done.state);
}
