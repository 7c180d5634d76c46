import { createKey } from '@longspan/core-tensor/key';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { batchesByLength } from './batches-by-length.ts';
import { byteTokens } from './byte-tokens.ts';
import { packRows } from './pack-rows.ts';
import { packedBatch } from './packed-batch.ts';
import { paddedBatch } from './padded-batch.ts';
import { type SegmentBatch, segments } from './segments.ts';
import { splitByKey } from './split-by-key.ts';
import { tracks } from './tracks.ts';
import { wordTokens, wordVocabulary } from './word-vocabulary.ts';

async function collected<Value>(values: AsyncIterable<ArrayLike<Value>>): Promise<Value[]> {
  const all: Value[] = [];
  for await (const piece of values) all.push(...Array.from(piece));
  return all;
}

/** A text cut at random places; some pieces are empty, characters may be cut in two. */
const cuts = <Piece extends { readonly length: number; slice(start?: number, end?: number): Piece }>(whole: Piece) =>
  fc.array(fc.nat(whole.length), { maxLength: 9 }).map((places) => {
    const ends = [...places.sort((one, other) => one - other), whole.length];
    return ends.map((end, at) => whole.slice(at === 0 ? 0 : ends[at - 1], end));
  });

async function* later<Value>(values: readonly Value[]): AsyncGenerator<Value> {
  for (const value of values) {
    await Promise.resolve();
    yield value;
  }
}

const text = 'Ahab’s 🐋 — naïve, 鯨 \ud83d.\nCall me Ishmael. \n\n me';
const bytes = new TextEncoder().encode(text);

describe('byteTokens', () => {
  it('gives the bytes of UTF-8 however the text is cut, also from a file', async () => {
    await fc.assert(
      fc.asyncProperty(cuts(text), cuts(bytes), async (pieces, byteArrays) => {
        expect(await collected(byteTokens(pieces))).toEqual([...bytes]);
        expect(await collected(byteTokens(later(byteArrays)))).toEqual([...bytes]);
      }),
    );
    expect(await collected(byteTokens(text))).toEqual([...bytes]);
    expect(await collected(byteTokens(bytes))).toEqual([...bytes]);
    expect(await collected(byteTokens(new Blob([bytes])))).toEqual([...bytes]);
    expect(await collected(byteTokens(new Blob([bytes]).stream()))).toEqual([...bytes]);
  });

  it('says what a source is', async () => {
    expect(() => byteTokens(7 as never)).toThrow('byteTokens: source must be text or bytes, whole or in pieces.');
    expect(() => byteTokens(Float32Array.of(1) as never)).toThrow('byteTokens: source must be text or bytes.');
    expect(() => byteTokens([[1]] as never)).toThrow('byteTokens: every piece of source must be text or bytes.');
    await expect(collected(byteTokens(later([[1]]) as never))).rejects.toThrow('byteTokens: every piece of source must be text or bytes.');
  });
});

describe('words', () => {
  it('are counted on one text, and are tokens of another, however it is cut', async () => {
    const vocabulary = await wordVocabulary('b a b\nc a b <unk>', { minCount: 2 });
    expect(vocabulary.words).toEqual(['<unk>', '<eos>', 'b', 'a']);
    expect((await wordVocabulary('b a', {})).words).toEqual(['<unk>', '<eos>', 'a', 'b']); // equally frequent: by their order
    const other = 'a b\n  zz b\tü\n';
    await fc.assert(
      fc.asyncProperty(cuts(other), async (pieces) => {
        expect(await collected(wordTokens(pieces, vocabulary))).toEqual([3, 2, 1, 0, 2, 0, 1]);
      }),
    );
    const again = JSON.parse(JSON.stringify(vocabulary));
    expect(await collected(wordTokens('a', again))).toEqual([3]);
  });
});

async function batchesOf(...args: Parameters<typeof segments>): Promise<SegmentBatch[]> {
  const all: SegmentBatch[] = [];
  for await (const batch of segments(...args)) all.push(batch);
  return all;
}

const documentsOf = fc.array(fc.array(fc.nat(99), { maxLength: 20 }), { maxLength: 6 });

describe('segments', () => {
  it('of each row go on where they ended, start with a document, and predict each token of all documents once', async () => {
    await fc.assert(
      fc.asyncProperty(
        documentsOf,
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: 1, max: 4 }),
        async (documents, segmentLength, batch) => {
          const found: number[][] = [];
          const open = new Map<number, number[]>();
          for (const { ids, targets, shape, starts } of await batchesOf(documents, { segmentLength, batch })) {
            expect(shape).toEqual([batch, segmentLength]);
            for (let row = 0; row < batch; row++) {
              const own = ids.subarray(row * segmentLength, (row + 1) * segmentLength);
              const next = Array.from(targets.subarray(row * segmentLength, (row + 1) * segmentLength)).filter((each) => each !== -100);
              if (next.length === 0) continue;
              if (starts.includes(row)) {
                const started = [own[0] as number];
                found.push(started);
                open.set(row, started);
              }
              const document = open.get(row) as number[];
              expect(own[0]).toBe(document.at(-1));
              expect(Array.from(own.subarray(1, next.length))).toEqual(next.slice(0, -1));
              document.push(...next);
            }
          }
          const order = (one: readonly number[], other: readonly number[]): number => (one.join() < other.join() ? -1 : 1);
          expect(found.sort(order)).toEqual(documents.filter((each) => each.length > 1).sort(order));
        },
      ),
    );
  });

  it('do not depend on how sources are cut, and go on at a position with the same batches', async () => {
    const document = Array.from({ length: 23 }, (_, at) => at);
    const options = { segmentLength: 3, batch: 2 };
    const whole = await batchesOf([document, [7, 8, 9, 10]], options);
    await fc.assert(
      fc.asyncProperty(cuts(document), fc.nat(10), async (pieces, position) => {
        const rest = await batchesOf(later([later(pieces), Uint8Array.of(7, 8, 9, 10)]), { ...options, position });
        expect(rest).toEqual(whole.slice(position));
      }),
    );
    expect(whole.map(({ position }) => position)).toEqual(whole.map((_, at) => at + 1));
  });

  it('let go of their sources when nobody wants more', async () => {
    let isClosed = false;
    const endless = (async function* () {
      try {
        for (;;) yield [1, 2, 3];
      } finally {
        isClosed = true;
      }
    })();
    for await (const _ of segments([endless], { segmentLength: 4 })) break;
    expect(isClosed).toBe(true);
  });

  it('say what documents are', async () => {
    expect(() => segments([1, 2, 3] as never, { segmentLength: 2 })).toThrow(
      'segments: documents must be a list or another iterable of documents.',
    );
    expect(() => segments(['text' as never], { segmentLength: 2 })).toThrow('segments: every document must be a list of tokens');
    await expect(batchesOf(later(['text' as never]), { segmentLength: 2 })).rejects.toThrow('segments: every document must be a list');
    await expect(batchesOf([[1, 0.5]], { segmentLength: 2 })).rejects.toThrow('segments: the tokens of a document must hold integers');
  });

  it('read one long text beside itself by tracks', async () => {
    const parts = tracks(bytes, 3);
    expect(parts.map((part) => part.length)).toEqual(new Array(3).fill(Math.floor(bytes.length / 3)));
    expect([...(parts[1] as Int32Array)]).toEqual([...bytes.slice(parts[0]?.length, 2 * (parts[0]?.length ?? 0))]);
    const [first] = await batchesOf(parts, { segmentLength: 4, batch: 3 });
    expect(first?.starts).toEqual([0, 1, 2]);
    expect(() => tracks([1, 2, 3], 2)).toThrow('tracks: there must be at least two tokens for each row.');
  });
});

const lengthsOf = fc.array(fc.integer({ min: 1, max: 30 }), { maxLength: 60 });

describe('batches by length', () => {
  it('hold each sequence once, are never too large, and a further sequence would not have fitted', () => {
    fc.assert(
      fc.property(lengthsOf, fc.integer({ min: 30, max: 90 }), fc.option(fc.nat()), (lengths, tokens, seed) => {
        const key = seed === null ? undefined : createKey(seed);
        const batches = batchesByLength(lengths, { tokens, key });
        expect(batches.flat().sort((one, other) => one - other)).toEqual(lengths.map((_, index) => index));
        const longest = (batch: readonly number[]): number => Math.max(...batch.map((index) => lengths[index] as number));
        for (const batch of batches) expect(batch.length * longest(batch)).toBeLessThanOrEqual(tokens);
        const sorted = batches.map((batch) => batch.map((index) => lengths[index] as number).sort((one, other) => one - other));
        sorted.sort((one, other) => (one.at(-1) as number) - (other.at(-1) as number) || (one[0] as number) - (other[0] as number));
        // One after the other they are the sorted list, so batches are of similar lengths.
        expect(sorted.flat()).toEqual([...lengths].sort((one, other) => one - other));
        for (const [at, batch] of sorted.entries()) {
          const next = sorted[at + 1];
          if (next !== undefined && key === undefined) expect((batch.length + 1) * (next[0] as number)).toBeGreaterThan(tokens);
        }
      }),
    );
  });

  it('come in an order of the key alone', () => {
    const lengths = Array.from({ length: 40 }, (_, at) => 1 + (at % 7));
    const one = batchesByLength(lengths, { tokens: 20, key: createKey(1) });
    expect(batchesByLength(lengths, { tokens: 20, key: createKey(1) })).toEqual(one);
    expect(batchesByLength(lengths, { tokens: 20, key: createKey(2) })).not.toEqual(one);
  });

  it('are padded to the longest', () => {
    const { ids, shape, lengths } = paddedBatch([[5], [1, 2, 3]], { padToken: 9, multipleOf: 4 });
    expect([...ids]).toEqual([5, 9, 9, 9, 1, 2, 3, 9]);
    expect([shape, lengths]).toEqual([
      [2, 4],
      [1, 3],
    ]);
    expect(() => paddedBatch([[1], []])).toThrow('paddedBatch: sequences must hold at least one, and each of them a token.');
  });
});

describe('packing', () => {
  it('puts each sequence into one row, fills no row too far, and leaves no two rows that would fit into one', () => {
    fc.assert(
      fc.property(lengthsOf, fc.integer({ min: 30, max: 90 }), (lengths, length) => {
        const rows = packRows(lengths, { length });
        expect(rows.flat().sort((one, other) => one - other)).toEqual(lengths.map((_, index) => index));
        const sums = rows.map((row) => row.reduce((sum, index) => sum + (lengths[index] as number), 0)).sort((one, other) => one - other);
        expect(Math.max(0, ...sums)).toBeLessThanOrEqual(length);
        if (sums.length > 1) expect((sums[0] as number) + (sums[1] as number)).toBeGreaterThan(length);
      }),
    );
  });

  it('keeps the tokens, targets and positions of each sequence together', () => {
    fc.assert(
      fc.property(fc.array(fc.array(fc.nat(9), { minLength: 1, maxLength: 8 }), { minLength: 1 }), (sequences) => {
        const { ids, targets, documents, positions, shape } = packedBatch(sequences, { length: 8 });
        expect(ids.length).toBe(shape[0] * shape[1]);
        const owner = documents.flatMap((row) => [...row]);
        for (const [index, sequence] of sequences.entries()) {
          const places = owner.flatMap((each, at) => (each === index ? [at] : []));
          expect(places.map((at) => ids[at])).toEqual(sequence);
          expect(places.map((at) => positions[at])).toEqual(sequence.map((_, at) => at));
          expect(places.map((at) => targets[at])).toEqual([...sequence.slice(1), -100]);
        }
        for (const [at, each] of owner.entries()) if (each === -1) expect([ids[at], targets[at]]).toEqual([0, -100]);
      }),
    );
  });
});

describe('splitByKey', () => {
  const shares = { train: 0.7, validation: 0.2, test: 0.1 };

  it('gives each document one part, whatever other documents there are, in about the shares', () => {
    const partOf = splitByKey(createKey('split'), shares);
    const again = splitByKey(createKey('split'), shares);
    const counts = { train: 0, validation: 0, test: 0 };
    for (let document = 0; document < 5000; document++) {
      const part = partOf(document);
      expect(again(document)).toBe(part);
      counts[part]++;
    }
    for (const [name, share] of Object.entries(shares)) {
      // Within four deviations of a binomial.
      expect(Math.abs(counts[name as keyof typeof counts] - 5000 * share)).toBeLessThan(4 * Math.sqrt(5000 * share * (1 - share)));
    }
    const other = splitByKey(createKey('other'), shares);
    expect(Array.from({ length: 200 }, (_, at) => other(at))).not.toEqual(Array.from({ length: 200 }, (_, at) => partOf(at)));
  });

  it('keeps the parts disjoint however documents are listed', () => {
    const partOf = splitByKey(createKey(3), { train: 0.5, test: 0.5 });
    fc.assert(
      fc.property(fc.array(fc.string()), fc.array(fc.string()), (one, other) => {
        const train = new Set(one.filter((name) => partOf(name) === 'train'));
        expect(other.filter((name) => partOf(name) === 'test').some((name) => train.has(name))).toBe(false);
      }),
    );
  });

  it('says what shares and names are', () => {
    expect(() => splitByKey(createKey(0), { train: 0.5, test: 0.4 })).toThrow('splitByKey: shares must have the sum 1.');
    expect(() => splitByKey(createKey(0), { train: 1 })(0.5)).toThrow('splitByKey: a document must be named by an integer or a text.');
  });
});

it('a token that int32 does not hold is an error, and does not become another one', async () => {
  const taking = [
    () => paddedBatch([[2 ** 31]]),
    () => packedBatch([[1, 2 ** 32 + 5]], { length: 4 }),
    () => tracks([2 ** 32, 1, 2], 1),
    () => segments([[1, 2 ** 31]], { segmentLength: 1 }).next(),
  ];
  for (const take of taking) await expect((async (): Promise<unknown> => take())()).rejects.toThrow('must hold tokens of int32.');
});

it('takes more sequences than a call has arguments', () => {
  const many = Array.from({ length: 200_000 }, () => [1]);
  expect(paddedBatch(many).shape).toEqual([200_000, 1]);
});

it('a word in many pieces is read in linear time: what is decoded is looked at once', async () => {
  const pieces = Array.from({ length: 20_000 }, () => 'abcdefgh');
  const { words } = await wordVocabulary([...pieces, ' end']);
  expect(words.map(({ length }) => length)).toEqual([5, 5, 160_000, 3]);
});

it('a vocabulary with a hole in its list is no vocabulary', () => {
  const words = ['<unk>', '<eos>', 'a', 'b'];
  delete words[2];
  expect(() => wordTokens('a', { words })).toThrow(/^wordTokens: vocabulary must be one of wordVocabulary[.]/);
});
