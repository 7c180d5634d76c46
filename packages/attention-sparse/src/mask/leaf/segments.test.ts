import { anyMask, integer } from '@longspan/tooling/arbitrary';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cost } from '../../analysis/cost.ts';
import { causal, drawMask, equalMasks, grid, mask, maskFromJSON, perHead, segments, slidingWindow } from '../index.ts';

describe('segments', () => {
  it('a pair is visible where the query lies in the one segment, the key in the other, and the inner mask shows it', () => {
    fc.assert(
      fc.property(
        fc.tuple(integer(1, 5), integer(1, 7), integer(1, 4)),
        fc.tuple(integer(1, 6), integer(1, 3)),
        anyMask,
        (ofQueries, ofKeys, inside) => {
          const [a, b, c] = ofQueries;
          const [x, y] = ofKeys;
          const mask = segments({ a, b, c }, { x, y }).between('b', 'y', inside);
          for (let query = -2; query < a + b + c + 3; query++) {
            for (let key = -2; key < x + y + 3; key++) {
              const inB = query >= a && query < a + b;
              const inY = key >= x && key < x + y;
              expect(mask.allows(query, key)).toBe(inB && inY && inside.allows(query - a, key - x));
            }
          }
        },
      ),
      { numRuns: 200 },
    );
  });

  it.each([new Map([['text', 3]]), [3, 4], new Set(['text']), 'text', null])('takes lengths by name alone, not %o', (lengths) => {
    expect(() => segments(lengths as never)).toThrow(/^segments: the lengths of /);
  });

  it('holds masks 1,000 levels deep, and refuses one more', () => {
    const parts = segments({ text: 2, image: 3 });
    let mask = causal();
    for (let level = 1; level < 1000; level++) mask = parts.between('text', 'text', mask);
    expect([mask.allows(1, 0), mask.allows(0, 1), mask.name.length, cost(mask, { queryLength: 5 }).visitedPairs]).toEqual([
      true,
      false,
      8 + 999 * 57,
      3,
    ]);
    expect(() => parts.between('text', 'text', parts.between('text', 'text', mask))).toThrow(
      /^mask: an expression must have at most 1000 masks within each other[.]/,
    );
  });

  it('of JSON that names a part twice are refused, and a part of any name prints as code that makes it', () => {
    const pairs = [
      ['a', 3],
      ['b', 2],
      ['a', 1],
    ];
    const node = { kind: 'segments', queries: pairs, keys: pairs, from: 'b', to: 'b', of: { kind: 'everything' } };
    expect(() => maskFromJSON(node)).toThrow(/the names of segments must be unique[.]/);
    const odd = segments({ ['__proto__']: 3, b: 2 }).between('__proto__', 'b');
    expect(odd.name).toBe("segments({ ['__proto__']: 3, b: 2 }).between('__proto__', 'b')");
    expect([odd.allows(0, 3), odd.allows(0, 0)]).toEqual([true, false]);
  });

  it('gives every head its own where the inner mask does', () => {
    const mask = segments({ text: 2, image: 3 }).between('image', 'image', perHead([causal(), slidingWindow({ left: 0, right: 0 })]));
    expect([mask.heads, mask.select({ head: 0 }).allows(4, 2), mask.select({ head: 1 }).allows(4, 2)]).toEqual([2, true, false]);
  });

  it('prints itself as code, in one form for one sequence and in another for two, and reads itself again', () => {
    const one = segments({ text: 2, 'image 1': 4 }).between('text', 'image 1');
    const two = segments({ text: 2 }, { image: 4, video: 8 }).between('text', 'video', causal().not());
    expect(one.name).toBe("segments({ text: 2, 'image 1': 4 }).between('text', 'image 1')");
    // Equal lengths are named once, whether or not they are one object: JSON text makes two.
    expect(segments({ text: 2 }, { text: 2 }).between('text', 'text').name).toBe("segments({ text: 2 }).between('text', 'text')");
    expect(two.name).toBe("segments({ text: 2 }, { image: 4, video: 8 }).between('text', 'video', causal().not())");
    expect(two.toJSON()).toEqual({
      kind: 'segments',
      queries: [['text', 2]],
      keys: [
        ['image', 4],
        ['video', 8],
      ],
      from: 'text',
      to: 'video',
      of: { kind: 'not', of: { kind: 'causal' } },
    });
    for (const mask of [one, two]) {
      const read = maskFromJSON(JSON.parse(JSON.stringify(mask)));
      expect([equalMasks(read, mask), read.name]).toEqual([true, mask.name]);
    }
    expect(segments({ a: 1 }).between('a', 'a', mask({ name: 'p', allows: () => true })).serialisable).toBe(false);
  });

  it('draws a text, an image of two rows and what they see of each other', () => {
    const parts = segments({ text: 2, image: 4 });
    const mask = parts.between('image', 'text').or(parts.between('image', 'image', grid([2, 2]).tiles({ size: [1, 2] })));
    expect(drawMask(mask, { queryLength: 6 })).toBe(['······', '······', '████··', '████··', '██··██', '██··██'].join('\n'));
  });

  it('says which name or length is wrong', () => {
    expect(() => segments({ text: 2, image: 3 }).between('text', 'video')).toThrow(
      `segments.between: a segment must be one of the keys.
  expected  'text', 'image'
  got       "video"
  remedy    use one of these names, or add the segment with its length.`,
    );
    expect(() => segments({ text: 0 })).toThrow('segments: text must be an integer of at least 1');
    expect(() => segments({ text: 1, 7: 2 })).toThrow('the names of segments of queries must be other than integers.');
    expect(() => segments(undefined as never)).toThrow('segments: the lengths of queries must be given by name.');
    const node = { kind: 'segments', queries: [['a', 1]], keys: [['a', '1']], from: 'a', to: 'a', of: { kind: 'causal' } };
    expect(() => maskFromJSON(node)).toThrow('mask.keys must be a list of [name, length]');
  });
});
