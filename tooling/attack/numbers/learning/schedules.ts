import * as R from '@longspan/training';
import type { Case } from '../case.ts';

/** Learning rates by step. */
export async function schedules(c: Case): Promise<void> {
  const r = c.rng;
  const lr = r.pick([1, 3e-4, 0.1]);
  const steps = r.int(1, 200);
  const cycles = r.pick([0.5, 1, 2, 1.5]);
  const floor = r.pick([0, 0.1 * lr]);
  const w = r.int(0, 50);
  const t = r.int(1, 100);
  const most = r.pick([0.01, 1e-3]);
  const rise = r.pick([undefined, 1e-6]);
  const stable = r.int(0, 60);
  const decay = r.int(1, 60);
  const n = r.int(1, 5);
  const all: [string, R.Schedule, (s: number) => number][] = [
    ['constant', R.constantSchedule(lr), () => lr],
    ['linear', R.linearSchedule({ learningRate: lr, steps }), (s) => lr * Math.max(0, 1 - s / steps)],
    [
      'cosine',
      R.cosineSchedule({ learningRate: lr, steps, cycles, floor }),
      (s) => floor + (lr - floor) * Math.max(0, 0.5 * (1 + Math.cos(Math.PI * 2 * cycles * (s / steps)))),
    ],
    [
      'cosineRestarts',
      R.cosineRestarts({ learningRate: lr, steps, cycles: n }),
      (s) => (s >= steps ? 0 : lr * Math.max(0, 0.5 * (1 + Math.cos(Math.PI * ((n * (s / steps)) % 1))))),
    ],
    ['inverseSquareRoot', R.inverseSquareRoot({ learningRate: lr, timescale: t }), (s) => lr / Math.sqrt((s + t) / t)],
    [
      'relativeSteps',
      R.relativeSteps({ most, ...(rise === undefined ? {} : { rise }) }),
      (s) => Math.min(rise === undefined ? most : rise * (s + 1), 1 / Math.sqrt(s + 1)),
    ],
    [
      'stableDecay',
      R.stableDecay({ learningRate: lr, stableSteps: stable, decaySteps: decay, floor }),
      (s) => (s <= stable ? lr : s >= stable + decay ? floor : lr + ((floor - lr) * (s - stable)) / decay),
    ],
    [
      'warmup',
      R.warmup(w, R.linearSchedule({ learningRate: lr, steps })),
      (s) => (s < w ? (lr * s) / w : lr * Math.max(0, 1 - (s - w) / steps)),
    ],
  ];
  c.note({ lr, steps, cycles, floor, w, t, most, rise, stable, decay, n });
  for (const [name, f, want] of all)
    for (let i = 0; i < 8; i++) {
      const s = i === 0 ? 0 : r.int(0, 2 * steps + 120);
      const g = f(s);
      const e = want(s);
      if (!(Math.abs(g - e) <= 1e-12 + 1e-9 * lr)) {
        c.report('high', `schedule ${name}`, { step: s, expected: e, got: g });
        break;
      }
    }
}
