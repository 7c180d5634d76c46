import { describe, expect, it } from 'vitest';
import { stamped } from '../error/index.ts';
import { type Coverage, coverOfRange, createLayout, sharedCoverage } from './index.ts';

const causal = sharedCoverage({
  allows: (query, key) => key <= query,
  cover: (queries, keys) => coverOfRange(keys.start - queries.end + 1, keys.end - 1 - queries.start, Number.NEGATIVE_INFINITY, 0),
});
const all = sharedCoverage({ allows: () => true, cover: () => 'all' });
const perHead = (heads: number, batch: number, of: (head: number) => Coverage): Coverage =>
  stamped({ ...all, heads, batch, select: ({ head = 0 }) => of(head) });

describe('a layout', () => {
  it('of more blocks than int32 counts is an error before it is built', () => {
    expect(() => createLayout(causal, { queryLength: 65_536, blockSize: 1 })).toThrow(
      'createLayout: a layout must have at most 268435456 visited blocks.\n' +
        '  expected  at most 268435456 visited blocks\n' +
        '  got       2147516416 or more\n' +
        '  remedy    use a blockSize above 1, a sparser mask, or a part of the sequence at a time.',
    );
    expect(() => createLayout(all, { queryLength: 2 ** 20, blockSize: 8 })).toThrow('at most 268435456 visited blocks');
  });

  it('of a sequence that no list fits is an error at once', () => {
    expect(() => createLayout(causal, { queryLength: 2 ** 31 - 1 })).toThrow(
      'createLayout: a layout must have at most 16777216 lists of blocks.',
    );
  });

  it('of too many heads and batch rows is an error that says how many there are', () => {
    expect(() =>
      createLayout(
        perHead(400, 400, () => all),
        { queryLength: 64 },
      ),
    ).toThrow(
      'createLayout: a layout must have at most 65536 masks of heads and batch rows.\n' +
        '  expected  at most 65536 masks of heads and batch rows\n' +
        '  got       400 heads · 400 batch rows\n' +
        '  remedy    run fewer batch rows at a time, or share the mask among heads or rows.',
    );
  });

  it('searches heads that are alike once', () => {
    let asked = 0;
    const count = (): 'all' => {
      asked++;
      return 'all';
    };
    const counted = (): Coverage =>
      stamped({ ...sharedCoverage({ allows: () => true, cover: () => count() }), cacheKey: () => 'all of them' });
    const { indptr } = createLayout(perHead(100, 1, counted), { queryLength: 64 });
    expect([asked, indptr.length, indptr.at(-1)]).toEqual([1, 101, 100]);
  });
});
