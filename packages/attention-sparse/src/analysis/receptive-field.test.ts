import { anyMask } from '@longspan/tooling/arbitrary';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { causal, denseMask, keyPadding, type Mask, nothing, perHead, slidingWindow } from '../mask/index.ts';
import { receptiveField, receptiveFieldOf } from './receptive-field.ts';

/** reached[layer][query][key] by multiplying boolean n x n matrices, the residual path on the diagonal. */
function byMatrices(masks: readonly Mask[], length: number): boolean[][][] {
  let before = Array.from({ length }, (_, query) => Array.from({ length }, (_, key) => query === key));
  return masks.map((mask) => {
    const bits = denseMask(mask, { queryLength: length });
    const sees = (query: number, key: number) =>
      query === key || bits.some((bit, at) => bit === 1 && at % (length * length) === query * length + key);
    const seen = Array.from({ length }, (_, query) => Array.from({ length }, (_, key) => key).filter((key) => sees(query, key)));
    before = seen.map((keys) => Array.from({ length }, (_, source) => keys.some((key) => before[key]?.[source])));
    return before;
  });
}

const stacks = fc.array(fc.oneof({ weight: 4, arbitrary: anyMask }, { weight: 1, arbitrary: fc.tuple(anyMask, anyMask).map(perHead) }), {
  minLength: 1,
  maxLength: 3,
});

it('the exact field of a token equals the product of the mask matrices', () => {
  fc.assert(
    fc.property(stacks, fc.integer({ min: 1, max: 20 }), fc.nat(19), (masks, length, at) => {
      const query = at % length;
      const expected = byMatrices(masks, length).map((layer) => layer[query]);
      receptiveFieldOf(masks, { query, length }).forEach((spans, layer) => {
        const reached = Array.from({ length }, (_, key) => spans.some(({ start, end }) => key >= start && key < end));
        expect(reached, masks.map((mask) => mask.name).join()).toEqual(expected[layer]);
        for (const [before, span] of spans.slice(1).entries()) expect(span.start).toBeGreaterThan(spans[before]?.end ?? length);
      });
    }),
    { numRuns: 100 },
  );
});

it('the field in blocks of one token is exact, in larger blocks it holds every pair that the tokens have', () => {
  fc.assert(
    fc.property(stacks, fc.integer({ min: 1, max: 20 }), fc.constantFrom(1, 3, 4), (masks, length, blockSize) => {
      const exact = byMatrices(masks, length);
      receptiveField(masks, { length, blockSize }).layers.forEach((layer, at) => {
        let count = 0;
        exact[at]?.forEach((row, query) => {
          row.forEach((reached, key) => {
            if (reached) count++;
            const claimed = layer.reaches(Math.floor(query / blockSize), Math.floor(key / blockSize));
            if (blockSize === 1) expect(claimed).toBe(reached);
            else if (reached) expect(claimed).toBe(true);
          });
        });
        if (blockSize === 1) expect(layer.share).toBe(count / length ** 2);
      });
    }),
    { numRuns: 60 },
  );
});

it('a window of four blocks reaches four blocks further with each layer', () => {
  const window = slidingWindow({ left: 256, right: 0 });
  const { blocks, layers } = receptiveField([window, window, window], { length: 6400 });
  expect([blocks, ...layers.map((layer) => layer.count(99))]).toEqual([100, 5, 9, 13]);
  expect(layers.map((layer) => layer.reaches(99, 91))).toEqual([false, true, true]);
  expect(receptiveFieldOf([window, window, window], { query: 6399, length: 6400 })).toEqual([
    [{ start: 6143, end: 6400 }],
    [{ start: 5887, end: 6400 }],
    [{ start: 5631, end: 6400 }],
  ]);
});

it('a layer that shows nothing still keeps its own input', () => {
  expect(receptiveFieldOf([nothing()], { query: 3, length: 9 })).toEqual([[{ start: 3, end: 4 }]]);
  expect(receptiveField([nothing()], { length: 9, blockSize: 2 }).layers[0]?.share).toBe(5 / 25);
});

it('a long stack over a long text is followed without n x n work', () => {
  const mask = slidingWindow({ left: 512, right: 0 }).and(causal());
  const started = performance.now();
  const last = receptiveFieldOf(Array<Mask>(6).fill(mask), { query: 200_000, length: 262_144 }).at(-1);
  expect(last).toEqual([{ start: 200_000 - 6 * 512, end: 200_001 }]);
  expect(performance.now() - started).toBeLessThan(5000);
});

it('masks per batch row and positions beyond the text are refused', () => {
  expect(() => receptiveField([keyPadding({ lengths: [3, 4] })], { length: 8 })).toThrow(
    `receptiveField: all batch rows must share the mask.
  expected  masks that all batch rows share
  got       2 batch rows (keyPadding({ lengths: [3, 4] }))
  remedy    select one row: mask.select({ batch: 0 }).`,
  );
  expect(() => receptiveFieldOf([causal()], { query: 8, length: 8 })).toThrow(
    'receptiveFieldOf: query must be a position of the sequence.',
  );
});
