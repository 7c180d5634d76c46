import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  causal,
  dilatedWindow,
  drawMask,
  drawMaskSvg,
  everything,
  globalTokens,
  type Mask,
  mask,
  nothing,
  perHead,
  slidingWindow,
} from './index.ts';

describe('drawMask', () => {
  it('draws long masks in rectangles, shaded by the share of visible pairs', () => {
    expect(drawMask(slidingWindow({ left: 16, right: 0 }), { queryLength: 64, size: 8 })).toBe(
      ['▓·······', '█▓······', '▓█▓·····', '·▓█▓····', '··▓█▓···', '···▓█▓··', '····▓█▓·', '·····▓█▓'].join('\n'),
    );
  });

  it('shows a window, a global token and a stripe of 65,536 tokens as what they are', () => {
    const rows = drawMask(
      slidingWindow({ left: 512, right: 0 })
        .or(globalTokens([0]))
        .and(causal()),
      { queryLength: 65536, size: 16 },
    ).split('\n');
    expect(rows.map((row) => row.length)).toEqual(Array.from({ length: 16 }, () => 16));
    rows.forEach((row, at) => {
      // The first column for the global token, the diagonal, and its neighbour, into which the window reaches.
      for (const [column, ink] of Array.from(row).entries()) expect(ink !== '·').toBe(column === 0 || column === at || column === at - 1);
    });
    const stripes = drawMask(dilatedWindow({ left: 8, right: 0, dilation: 4096 }), { queryLength: 65536, size: 16 }).split('\n');
    expect(stripes.every((row, at) => row[at] !== '·' && row.slice(at + 1) === '·'.repeat(15 - at))).toBe(true);
  });

  it('never shows nothing or everything where the other is true, and exact shares in small rectangles', () => {
    const anyShare = fc.record({
      left: fc.nat(40),
      right: fc.nat(40),
      size: fc.integer({ min: 1, max: 9 }),
      length: fc.integer({ min: 1, max: 64 }),
    });
    fc.assert(
      fc.property(anyShare, ({ left, right, size, length }) => {
        const mask = slidingWindow({ left, right });
        const step = Math.ceil(length / size);
        drawMask(mask, { queryLength: length, size })
          .split('\n')
          .forEach((row, r) => {
            Array.from(row).forEach((ink, c) => {
              let [seen, pairs] = [0, 0];
              for (let q = r * step; q < Math.min(length, (r + 1) * step); q++) {
                for (let k = c * step; k < Math.min(length, (c + 1) * step); k++) {
                  pairs++;
                  if (mask.allows(q, k)) seen++;
                }
              }
              const level = seen === 0 ? 0 : seen === pairs ? 4 : 1 + Math.min(2, Math.floor(Math.sqrt(seen / pairs) * 3));
              expect(ink).toBe('·░▒▓█'[level]);
            });
          });
      }),
    );
  });

  it('takes a number of tokens, and draws a part of the mask alone', () => {
    expect(drawMask(causal(), 3)).toBe('█··\n██·\n███');
    expect(drawMask(causal(), { queryLength: 65536, queries: { start: 65533, end: 65536 }, keys: { start: 65534, end: 65536 } })).toBe(
      '··\n█·\n██',
    );
    expect(() => drawMask(causal(), { queryLength: 8, keys: { start: 4, end: 9 } })).toThrow(
      'drawMask: keys must be a range within the sequence.\n  expected  { start, end } with 0 ≤ start < end ≤ 8\n  got       {"start":4,"end":9}',
    );
  });

  it('rows stand at queryOffset, and a rule without cover is looked at pair by pair', () => {
    const upper = mask({ name: 'upper', allows: (query, key) => key >= query });
    expect(drawMask(upper, { queryLength: 2, keyLength: 5 })).toBe('···██\n····█');
    expect(drawMask(upper, { queryLength: 4, size: 2 })).toBe('▓█\n·▓');
  });

  it('a mask per head is drawn for the head that is asked for', () => {
    const mask = perHead([causal(), causal().not()]);
    expect(drawMask(mask, { queryLength: 2 })).toBe('█·\n██');
    expect(drawMask(mask, { queryLength: 2, head: 1 })).toBe('·█\n··');
  });
});

describe('drawMaskSvg', () => {
  const boxes = (mask: Mask, size: number) => drawMaskSvg(mask, { queryLength: 8, size }, { cell: 1 }).match(/<rect x[^>]*>/g) ?? [];

  it('joins neighbours of one shade, leaves out what shows nothing, and is named after the mask', () => {
    expect(boxes(everything(), 4)).toHaveLength(4);
    expect(boxes(nothing(), 4)).toHaveLength(0);
    expect(boxes(causal(), 4)).toEqual([
      '<rect x="0" y="0" width="1" height="1" fill-opacity="0.89"/>',
      '<rect x="0" y="1" width="1" height="1"/>',
      '<rect x="1" y="1" width="1" height="1" fill-opacity="0.89"/>',
      '<rect x="0" y="2" width="2" height="1"/>',
      '<rect x="2" y="2" width="1" height="1" fill-opacity="0.89"/>',
      '<rect x="0" y="3" width="3" height="1"/>',
      '<rect x="3" y="3" width="1" height="1" fill-opacity="0.89"/>',
    ]);
    expect(drawMaskSvg(mask({ name: 'a < b & c', allows: () => true }), 2)).toContain('<title>a &lt; b &amp; c</title>');
  });
});
