import { expectClose } from '@longspan/tooling/expect';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { spanSearch, type WindowLogits } from './spans.ts';

const anyLogit = fc.integer({ min: -60, max: 60 }).map((tenths) => tenths / 10);
const anyWindow = fc
  .tuple(fc.array(fc.tuple(anyLogit, anyLogit), { minLength: 1, maxLength: 9 }), fc.nat(12), fc.tuple(anyLogit, anyLogit))
  .map(
    ([logits, first, [start, end]]): WindowLogits => ({
      first,
      start: logits.map(([each]) => each),
      end: logits.map(([, each]) => each),
      none: { start, end },
    }),
  );

const exp = (values: readonly number[]): number => values.reduce((sum, value) => sum + Math.exp(value), 0);

it('the best span is that of all pairs of all windows, by one softmax over all of them', () => {
  fc.assert(
    fc.property(fc.array(anyWindow, { minLength: 1, maxLength: 4 }), fc.integer({ min: 1, max: 10 }), (windows, maxAnswerTokens) => {
      const search = spanSearch({ maxAnswerTokens });
      for (const window of windows) search.add(window);
      const { spans, none } = search.best(1);
      const least = windows
        .map((window) => window.none as { start: number; end: number })
        .reduce((a, b) => (b.start + b.end < a.start + a.end ? b : a));
      const starts = exp([...windows.flatMap(({ start }) => Array.from(start)), least.start]);
      const ends = exp([...windows.flatMap(({ end }) => Array.from(end)), least.end]);
      const pairs = windows.flatMap(({ start, end }) =>
        Array.from(start).flatMap((s, i) =>
          Array.from(end).flatMap((e, j) => (i <= j && j < i + maxAnswerTokens ? [Math.exp(s + e)] : [])),
        ),
      );
      expectClose([spans[0]?.score as number], [Math.max(...pairs) / starts / ends], { atol: 1e-12, rtol: 1e-9 });
      expectClose([none as number], [Math.exp(least.start + least.end) / starts / ends], { atol: 1e-12, rtol: 1e-9 });
    }),
  );
});

it('several spans are in order and apart, within the length of an answer', () => {
  fc.assert(
    fc.property(fc.array(anyWindow, { minLength: 1, maxLength: 4 }), fc.integer({ min: 1, max: 4 }), (windows, maxAnswerTokens) => {
      const search = spanSearch({ maxAnswerTokens });
      for (const window of windows) search.add(window);
      const { spans } = search.best(5);
      expect(spans.map(({ score }) => score)).toEqual(spans.map(({ score }) => score).sort((a, b) => b - a));
      for (const [at, { start, end }] of spans.entries()) {
        expect(end - start).toBeGreaterThan(0);
        expect(end - start).toBeLessThanOrEqual(maxAnswerTokens);
        for (const other of spans.slice(0, at)) expect(start < other.end && other.start < end).toBe(false);
      }
    }),
  );
});

it('a window without an answer does not outdo the one with it, as a softmax for each window would have it', () => {
  const search = spanSearch({ maxAnswerTokens: 3 });
  search.add({ first: 0, start: [5, 4.5], end: [4.5, 5] }); // sure, but not alone in its window
  search.add({ first: 10, start: [-3, -20], end: [-3, -20] }); // the best of a window of nothing
  const { spans, none } = search.best(2);
  expect(spans.map(({ start, end }) => [start, end])).toEqual([
    [0, 2],
    [10, 11],
  ]);
  expect(spans[1]?.score).toBeLessThan(1e-6);
  expect(none).toBeUndefined();
});
