import fc from 'fast-check';
import { expect, it } from 'vitest';
import { receptiveFieldOf } from './receptive-field.ts';
import { dilationSchedule, windowSchedule } from './window-schedule.ts';

const length = 200;
const query = 150;
const fieldOf = (layers: ReturnType<typeof windowSchedule>) =>
  receptiveFieldOf(
    layers.map(({ mask }) => mask),
    { query, length },
  );

it('the reach of each window of a schedule is the receptive field of its layer, on both sides if not causal', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 4 }),
      fc.integer({ min: 1, max: 9 }),
      fc.double({ min: 1, max: 3, noNaN: true }),
      fc.boolean(),
      fc.option(fc.integer({ min: 1, max: 20 }), { nil: undefined }),
      (layers, first, growth, causal, most) => {
        const schedule = windowSchedule({ layers, first, growth, causal, most });
        expect(schedule.length).toBe(layers);
        expect(schedule[0]?.left).toBe(Math.min(first, most ?? first));
        for (const [layer, spans] of fieldOf(schedule).entries()) {
          const { reach, left } = schedule[layer] as (typeof schedule)[number];
          expect(spans).toEqual([{ start: Math.max(0, query - reach), end: Math.min(length, query + 1 + (causal ? 0 : reach)) }]);
          expect(left).toBeLessThanOrEqual(most ?? Number.POSITIVE_INFINITY);
          expect(left).toBeGreaterThanOrEqual(schedule[layer - 1]?.left ?? 0);
        }
      },
    ),
    { numRuns: 60 },
  );
});

it('dilations that grow by at most what a layer fills reach every token, without a gap, up to the reach', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 3 }), fc.nat(10), fc.boolean(), (layers, left, at, causal) => {
      const growth = 1 + (at % (left + 1));
      const schedule = dilationSchedule({ layers, left, growth, causal });
      for (const [layer, spans] of fieldOf(schedule).entries()) {
        const reach = schedule[layer]?.reach ?? 0;
        expect(spans).toEqual([{ start: Math.max(0, query - reach), end: Math.min(length, query + 1 + (causal ? 0 : reach)) }]);
      }
    }),
    { numRuns: 200 },
  );
});

it('a growth that leaves gaps is refused, with the largest one that does not', () => {
  expect(() =>
    dilationSchedule({ layers: 2, left: 2, growth: 4 }),
  ).toThrow(`dilationSchedule: growth must be at most left + 1, or no layer fills the gaps of the next.
  expected  at most 3 (left + 1)
  got       4
  remedy    use a smaller growth, or left of at least 3.`);
  expect(() => windowSchedule({ layers: 2, first: 2, growth: 0.5 })).toThrow('growth must be a factor of at least 1.');
  expect(() => windowSchedule({ layers: 0, first: 2 })).toThrow('layers must be an integer from 1 to 10000.');
});
