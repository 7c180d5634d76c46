import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { constantSchedule } from './constant.ts';
import { cosineRestarts, cosineSchedule } from './cosine.ts';
import { inverseSquareRoot } from './inverse-square-root.ts';
import { linearSchedule } from './linear.ts';
import { relativeSteps } from './relative-steps.ts';
import { stableDecay } from './stable-decay.ts';
import { warmup } from './warmup.ts';

describe('constantSchedule', () => {
  it('gives its rate at every step', () =>
    fc.assert(fc.property(fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(), (rate, step) => constantSchedule(rate)(step) === rate)));
  it('wants a step that is a count', () => expect(() => constantSchedule(1)(-1)).toThrow('step must be an integer of at least 0'));
});

const steps = 40;
const falling = [
  linearSchedule({ learningRate: 1, steps }),
  cosineSchedule({ learningRate: 1, steps }),
  inverseSquareRoot({ learningRate: 1, timescale: 10 }),
  stableDecay({ learningRate: 1, stableSteps: 30, decaySteps: 10 }),
];

it('schedules start at their rate, never rise within their steps, and are never negative', () => {
  for (const schedule of falling) {
    const rates = Array.from({ length: steps + 1 }, (_, step) => schedule(step));
    expect(rates[0]).toBe(1);
    for (let step = 1; step <= steps; step++) expect(rates[step]).toBeLessThanOrEqual(rates[step - 1] as number);
    expect(Math.min(...rates)).toBeGreaterThanOrEqual(0);
  }
});

it('a warm-up rises from 0 to where the schedule begins, and the schedule follows', () => {
  for (const schedule of falling) {
    const warm = warmup(5, schedule);
    expect([0, 1, 5].map(warm)).toEqual([0, 0.2, 1]);
    expect(warm(25)).toBe(schedule(20));
  }
  expect(warmup(0, constantSchedule(2))(0)).toBe(2);
});

it('restarts repeat the first wave', () => {
  const schedule = cosineRestarts({ learningRate: 1, steps, cycles: 4 });
  expect(schedule(13)).toBeCloseTo(schedule(3), 12);
  expect(schedule(steps)).toBe(0);
});

it('relative steps rise with their bound first', () => {
  expect(relativeSteps({ rise: 1e-3 })(1)).toBe(2e-3);
  expect(relativeSteps()(10 ** 6 - 1)).toBe(1e-3);
});
