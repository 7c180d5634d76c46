import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bigBird, documents, globalTokens, grid, mask, maskFromJSON } from '../src/mask/index.ts';

const mod = (a: number, b: number) => ((a % b) + b) % b;
const positions = Array.from({ length: 61 }, (_, at) => at - 15);
const drawn = { windowBlocks: 1, globalBlocks: [2, 0], randomBlocks: [[5], [7, 4, 7], [], [99]] };

/** The sentences of golden/README.md, over query position p and key position j, written without the library's code. */
const meanings: readonly (readonly [json: object, allows: (p: number, j: number) => boolean])[] = [
  [{ kind: 'causal' }, (p, j) => j <= p],
  [{ kind: 'slidingWindow', left: 5, right: 2 }, (p, j) => p - 5 <= j && j <= p + 2],
  [{ kind: 'dilatedWindow', left: 3, right: 2, dilation: 4 }, (p, j) => [-3, -2, -1, 0, 1, 2].some((s) => j === p + s * 4)],
  [{ kind: 'globalTokens', positions: [11, 3, 3] }, (p, j) => [3, 11].includes(p) || [3, 11].includes(j)],
  [{ kind: 'blockDiagonal', size: 7 }, (p, j) => Math.floor(p / 7) === Math.floor(j / 7)],
  [{ kind: 'strided', stride: 6 }, (p, j) => j <= p && (p - j <= 6 || (p - j) % 6 === 0)],
  [{ kind: 'strided', stride: 1 }, (p, j) => j <= p],
  [{ kind: 'fixed', stride: 6, summary: 2 }, (p, j) => j <= p && (Math.floor(p / 6) === Math.floor(j / 6) || mod(j, 6) >= 4)],
  [{ kind: 'fixed', stride: 5, summary: 0 }, (p, j) => j <= p && Math.floor(p / 5) === Math.floor(j / 5)],
  [{ kind: 'fixed', stride: 5, summary: 5 }, (p, j) => j <= p],
  [
    { kind: 'bigbird', block: 4, ...drawn },
    (p, j) => {
      const [P, J] = [Math.floor(p / 4), Math.floor(j / 4)];
      return Math.abs(P - J) <= 1 || [0, 2].includes(P) || [0, 2].includes(J) || (drawn.randomBlocks[P]?.includes(J) ?? false);
    },
  ],
  [{ kind: 'prefix', length: 9 }, (_, j) => j < 9],
  [
    { kind: 'documents', ids: [4, 4, 1, 1, 1, 4, 9] },
    (p, j) => [4, 4, 1, 1, 1, 4, 9][p] !== undefined && [4, 4, 1, 1, 1, 4, 9][p] === [4, 4, 1, 1, 1, 4, 9][j],
  ],
  [{ kind: 'keyPadding', lengths: [8] }, (_, j) => j < 8],
  [{ kind: 'not', of: { kind: 'and', of: [{ kind: 'causal' }, { kind: 'prefix', length: 3 }] } }, (p, j) => !(j <= p && j < 3)],
  [{ kind: 'or', of: [{ kind: 'causal' }, { kind: 'prefix', length: 3 }, { kind: 'prefix', length: 20 }] }, (p, j) => j <= p || j < 20],
  [{ kind: 'everything' }, () => true],
  [{ kind: 'nothing' }, () => false],
];

describe('a leaf allows what the golden vocabulary says, below 0 and beyond every length too', () => {
  it.each(meanings)('%j', (json, allows) => {
    const mask = maskFromJSON(json);
    for (const query of positions) {
      const seen = positions.filter((key) => mask.allows(query, key));
      expect(seen, `query ${query}`).toEqual(positions.filter((key) => allows(query, key)));
    }
  });
});

it('bigBird per head gives each head its own random blocks', () => {
  const mask = bigBird({ blockSize: 4, globalBlocks: [], windowBlocks: 0, randomBlocks: [[[3]], [[], [0]]] });
  expect(mask.heads).toBe(2);
  expect([0, 1].map((head) => [mask.select({ head }).allows(0, 12), mask.select({ head }).allows(4, 0)])).toEqual([
    [true, false],
    [false, true],
  ]);
});

it('a mask keeps its meaning when the lists it was made from change afterwards', () => {
  const [tokens, ids] = [[1], new Int32Array([0, 0])];
  const [global, packed] = [globalTokens(tokens), documents(ids)];
  tokens[0] = 5;
  ids[0] = 9;
  expect([global.allows(1, 8), global.allows(5, 8), packed.allows(0, 1)]).toEqual([true, false, true]);
  expect([global.toJSON(), packed.toJSON()]).toEqual([
    { kind: 'globalTokens', positions: [1] },
    { kind: 'documents', ids: [0, 0] },
  ]);
});

it('grid.neighbourhood shows the cells whose distance is within the radius along every axis', () => {
  const [depth, height, width] = [3, 4, 5];
  const mask = grid([depth, height, width]).neighbourhood({ radius: [1, 2, 0] });
  const cell = (at: number) => [Math.floor(at / 20), Math.floor(at / 5) % 4, at % 5] as const;
  for (let query = -3; query < 64; query++) {
    for (let key = -3; key < 64; key++) {
      const [a, b] = [cell(query), cell(key)];
      const near = Math.abs(a[0] - b[0]) <= 1 && Math.abs(a[1] - b[1]) <= 2 && a[2] === b[2];
      expect(mask.allows(query, key), `${query} ${key}`).toBe(near && query >= 0 && query < 60 && key >= 0 && key < 60);
    }
  }
});

it('grid.shiftedWindows equals rolling, windowing and masking by regions as Swin does', () => {
  const sizes = fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 4 }), fc.nat(9));
  fc.assert(
    fc.property(sizes, sizes, ([windowsY, windowY, , shiftY], [windowsX, windowX, , shiftX]) => {
      const axis = (windows: number, window: number, shift: number) => {
        const size = windows * window;
        const rolled = (at: number) => mod(at - shift, size); // torch.roll(x, -shift): what stood at `at` now stands there
        const region = (at: number) => (shift === 0 || at < size - window ? 0 : at < size - shift ? 1 : 2); // the slices of img_mask
        return { size, label: (at: number) => `${Math.floor(rolled(at) / window)} ${region(rolled(at))}` };
      };
      const shift = [shiftY % windowY, shiftX % windowX] as const;
      const [rows, columns] = [axis(windowsY, windowY, shift[0]), axis(windowsX, windowX, shift[1])];
      const mask = grid([rows.size, columns.size]).shiftedWindows({ window: [windowY, windowX], shift });
      const label = (at: number) => `${rows.label(Math.floor(at / columns.size))}, ${columns.label(at % columns.size)}`;
      for (let query = 0; query < rows.size * columns.size; query++) {
        for (let key = 0; key < rows.size * columns.size; key++) expect(mask.allows(query, key)).toBe(label(query) === label(key));
      }
    }),
    { numRuns: 60 },
  );
});

it('grid.tiles cuts the last tile short where the size does not divide the grid', () => {
  const mask = grid([3, 5]).tiles({ size: [2, 3] });
  const seen = (query: number) => Array.from({ length: 15 }, (_, key) => key).filter((key) => mask.allows(query, key));
  expect([seen(0), seen(4), seen(14)]).toEqual([
    [0, 1, 2, 5, 6, 7],
    [3, 4, 8, 9],
    [13, 14],
  ]);
});

it('a mask without cover promises nothing; with one it is asked', () => {
  expect(mask({ name: 'x', allows: () => true }).cover({ start: 0, end: 1 }, { start: 0, end: 1 })).toBe('some');
  expect(mask({ name: 'x', allows: () => true, cover: () => 'all' }).cover({ start: 0, end: 1 }, { start: 0, end: 1 })).toBe('all');
});

it.each([
  grid([3, 4]).tiles({ size: 1 }),
  grid([4, 3]).neighbourhood({ radius: [1, 0] }),
  grid([2, 2, 3]).tiles({ size: [1, 2, 1] }),
  grid([2, 2, 3]).neighbourhood({ radius: 0 }),
  grid([2, 2, 3]).shiftedWindows({ window: [1, 2, 2], shift: [0, 1, 1] }),
])('cover of $name is exact for every two stretches of the grid', (mask) => {
  const stretches = Array.from({ length: 12 }, (_, start) =>
    Array.from({ length: 12 - start }, (_, more) => ({ start, end: start + more + 1 })),
  ).flat();
  for (const queries of stretches) {
    for (const keys of stretches) {
      let [any, all] = [false, true];
      for (let query = queries.start; query < queries.end; query++) {
        for (let key = keys.start; key < keys.end; key++) {
          if (mask.allows(query, key)) any = true;
          else all = false;
        }
      }
      const cover = mask.cover(queries, keys);
      if (cover !== (all ? 'all' : any ? 'some' : 'none')) expect([queries, keys]).toBe(cover);
    }
  }
});
