import fc from 'fast-check';
import { expect, it } from 'vitest';
import { settledWindows } from './settled-windows.ts';
import { type TextWindow, windows } from './windows.ts';

const tokensOf = (ids: readonly number[]) => ({
  ids: Int32Array.from(ids),
  offsets: Uint32Array.from(ids.flatMap((_, at) => [3 * at, 3 * at + 2])),
});

/** What a token has of context on its poorer side; the ends of the document cut off nothing. */
const poorer = ({ tokens }: TextWindow, token: number, count: number): number =>
  token < tokens.start || token >= tokens.end
    ? -1
    : Math.min(
        tokens.start === 0 ? Number.POSITIVE_INFINITY : token - tokens.start,
        tokens.end === count ? Number.POSITIVE_INFINITY : tokens.end - 1 - token,
      );

/** Every token is owned once, by the window where it has most context on its poorer side, and places are those of the text. */
function expectCover(found: readonly TextWindow[], count: number): void {
  const owners = found.flatMap((window) => Array.from({ length: window.own.end - window.own.start }, () => window));
  expect(owners).toHaveLength(count);
  expect(found.map(({ own }) => own.start)).toEqual([0, ...found.slice(0, -1).map(({ own }) => own.end)].slice(0, found.length));
  owners.forEach((owner, token) => {
    expect(poorer(owner, token, count)).toBe(Math.max(...found.map((window) => poorer(window, token, count))));
  });
  for (const { start, end, tokens } of found) expect([start, end]).toEqual([3 * tokens.start, 3 * (tokens.end - 1) + 2]);
}

const anySizes = fc
  .record({ count: fc.nat(80), length: fc.integer({ min: 1, max: 20 }), share: fc.double({ min: 0, max: 0.99, noNaN: true }) })
  .map(({ count, length, share }) => ({ count, length, overlap: Math.floor(share * length) }));

it('windows cover the document, each token owned once, where it has most context', () => {
  fc.assert(
    fc.property(anySizes, ({ count, length, overlap }) => {
      const found = windows(tokensOf(Array.from({ length: count }, (_, at) => at)), { length, overlap });
      expectCover(found, count);
      found.forEach(({ tokens }, at) => {
        expect(tokens.start).toBe(at * (length - overlap)); // as the stride of Hugging Face's tokenizers
        expect(tokens.end).toBe(Math.min(count, tokens.start + length));
      });
    }),
  );
  expect(windows(tokensOf([]), { length: 4 })).toEqual([]);
});

it('settled windows cover it too, all of one length, neighbours overlapping as they must', () => {
  const anyIds = fc.array(fc.nat(9), { maxLength: 120 });
  fc.assert(
    fc.property(anyIds, anySizes, (ids, { length, overlap }) => {
      const found = settledWindows(tokensOf(ids), { length, overlap });
      expectCover(found, ids.length);
      for (const [at, { tokens }] of found.entries()) {
        expect(tokens.end - tokens.start).toBe(Math.min(length, ids.length));
        const next = found[at + 1];
        if (next !== undefined && next.tokens.end < ids.length) expect(tokens.end - next.tokens.start).toBeGreaterThanOrEqual(overlap - 1);
      }
    }),
  );
});

it('settled windows further on stay where they were after an edit', () => {
  const ids = Array.from({ length: 20_000 }, (_, at) => Math.imul(at + 1, 2654435761) >>> 20);
  const edited = [...ids.slice(0, 9000), 7, 7, 7, ...ids.slice(9050)];
  const places = (of: readonly number[], shift: number) =>
    settledWindows(tokensOf(of), { length: 64, overlap: 16 }).map(({ tokens }) => tokens.start + (tokens.start > 9000 ? shift : 0));
  const [before, after] = [new Set(places(ids, 0)), places(edited, 47)];
  expect(after.length).toBeGreaterThan(400);
  expect(after.filter((start) => !before.has(start)).length).toBeLessThan(after.length / 50);
});

it('what cannot be right is told', () => {
  const document = tokensOf([1, 2, 3]);
  expect(() => windows(document, { length: 4, overlap: 4 })).toThrow(
    [
      'windows: overlap must be below length.',
      '  expected  an integer from 0 to 3',
      '  got       4',
      '  remedy    a quarter of the length gives most tokens their context.',
    ].join('\n'),
  );
  expect(() => windows({ ids: document.ids, offsets: Uint32Array.of(0, 1) }, { length: 4 })).toThrow(
    'windows: the tokens of a text must be ids with their places in it, in order.',
  );
  expect(() => windows({ ids: Int32Array.of(1, 2), offsets: Uint32Array.of(3, 4, 0, 1) }, { length: 4 })).toThrow('in order');
});
