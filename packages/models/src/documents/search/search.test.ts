import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expectClose, withBackend } from '@longspan/tooling/expect';
import { memory } from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { drawnText, meanModel, wordTokenizer } from '../../../test/text.ts';
import { embedTexts } from '../embed/embed-texts.ts';
import type { TextModel } from '../model/text-model.ts';
import { createIndex, type DocumentIndex, updateIndex } from './document-index.ts';
import { fuse } from './fuse.ts';
import { indexFile, openIndex, saveIndex } from './index-file.ts';
import { search } from './search.ts';
import { indexWords } from './word-index.ts';
import { wordScores } from './word-scores.ts';

const textModel = (width = 8): TextModel => ({ ...meanModel(300, width), tokenizer: wordTokenizer(300) });

const weather = [
  'Before all.',
  '# Rain\n\nIt rains in the valley. The rain is cold, and I wait.',
  'The valley is deep.\n\n# Sun',
  'It shines on the hill. A dog waits there; a dog is a dog.',
  'Nobody waits.',
].join('\n\n');

beforeAll(() => withBackend('cpu'));

describe('search', () => {
  it('by words ranks by BM25+, and gives places, sections and sentences', async () => {
    const index = await createIndex(weather, textModel(), { locale: 'en' });
    const found = await search(index, 'A dog? The DOG waits!', { by: 'words' });
    expect(found.map(({ text }) => text)).toEqual([
      'It shines on the hill. A dog waits there; a dog is a dog.',
      'Nobody waits.',
      'The valley is deep.',
      'It rains in the valley. The rain is cold, and I wait.',
    ]);
    expect(found[0]?.section).toEqual({ heading: '# Sun', start: weather.indexOf('# Sun'), end: weather.length });
    expect(found[0]?.sentence.text).toBe('A dog waits there; a dog is a dog.');
    expect(found[2]?.section.heading).toBe('# Rain');
    for (const { text, start, end, score, bm25, vector, sentence } of found) {
      expect([weather.slice(start, end), weather.slice(sentence.start, sentence.end)]).toEqual([text, sentence.text]);
      expect([score, vector]).toEqual([bm25, undefined]);
    }
    const [first] = await search(index, 'before', { by: 'words', top: 1 });
    expect(first?.section).toEqual({ heading: '', start: 0, end: weather.indexOf('# Rain') });
    expect(await search(index, 'nowhere ?', { by: 'words' })).toEqual([]);
    expect(await search(index, ' \n')).toEqual([]);
    expect(await search(await createIndex('\n', textModel()), 'rain')).toEqual([]);
  });

  it('by vectors ranks by the cosine with the query', async () => {
    const model = textModel();
    const index = await createIndex(drawnText(40), model, { locale: 'en' });
    const [query] = (await embedTexts(['Some query of mine'], model)).vectors as [Float32Array];
    for (const level of ['sentence', 'paragraph', 'section'] as const) {
      const found = await search(index, 'Some query of mine', { by: 'vectors', level, top: 5 });
      const units = index.embedding[`${level}s`];
      const cosines = Array.from({ length: units.count }, (_, at) =>
        units.at(at).vector.reduce((sum, value, each) => sum + value * (query[each] as number), 0),
      );
      const isFound = (at: number) => level === 'section' || !units.at(at).text.startsWith('#'); // headings stand in their sections
      const best = [...cosines.keys()]
        .filter(isFound)
        .sort((a, b) => (cosines[b] as number) - (cosines[a] as number))
        .slice(0, 5);
      expect(found.map(({ text }) => text)).toEqual(best.map((at) => units.at(at).text.trim()));
      expectClose(
        found.map(({ score }) => score),
        best.map((at) => cosines[at] as number),
        { atol: 1e-6, rtol: 1e-6 },
      );
      expect(found.every(({ bm25 }) => bm25 === undefined)).toBe(true);
    }
  });

  it('fuses both by default: results are ordered, apart from each other, and score what the formula says', async () => {
    const index = await createIndex(weather, textModel(), { locale: 'en' });
    const all = await search(index, 'the dog of the valley', { level: 'sentence', top: 100 });
    const [most, words] = [Math.max(...all.map(({ vector }) => vector as number)), Math.max(...all.map(({ bm25 }) => bm25 as number))];
    for (const { score, vector, bm25 } of all)
      expect(score).toBeCloseTo((0.8 * ((vector as number) + 1)) / (most + 1) + (0.2 * (bm25 as number)) / words, 10);
    expect(all.map(({ score }) => score)).toEqual(all.map(({ score }) => score).sort((a, b) => b - a));
    const places = all.map(({ start, end }) => [start, end] as const).sort(([a], [b]) => a - b);
    for (const [at, [start]] of places.entries()) expect(start).toBeGreaterThanOrEqual(places[at - 1]?.[1] ?? 0);
    const ranked = await search(index, 'the dog of the valley', { level: 'sentence', top: 100, fusion: 'rank' });
    const rank = (of: 'vector' | 'bm25', value: number) => 1 + all.filter((each) => (each[of] as number) > value).length;
    const [first] = ranked as [(typeof ranked)[number]];
    expect(first.score).toBeCloseTo(
      1 / (60 + rank('vector', first.vector as number)) + ((first.bm25 as number) > 0 ? 1 / (60 + rank('bm25', first.bm25 as number)) : 0),
      3,
    );
  });

  it('looks into the best sections alone where it is told to', async () => {
    const index = await createIndex(weather, textModel(), { locale: 'en' });
    const inSections = (found: Awaited<ReturnType<typeof search>>) => new Set(found.map(({ section }) => section.heading));
    expect(inSections(await search(index, 'valley', { by: 'words', sections: 1 }))).toEqual(new Set(['# Rain']));
    expect(inSections(await search(index, 'valley', {})).size).toBe(3);
  });

  it('leaves no tensor, and tells what cannot be right', async () => {
    const index = await createIndex(weather, textModel(), { locale: 'en' });
    const before = memory().numTensors;
    await search(index, 'dog');
    expect(memory().numTensors).toBe(before);
    await expect(search({ ...index }, 'dog')).rejects.toThrow('search: index must be an index of a document.');
    await expect(search(index, 'dog', { by: 'word' as never })).rejects.toThrow('search: by must be one of both, vectors, words.');
    await expect(search(index, 'dog', { weight: 1.5 })).rejects.toThrow('search: weight must be from 0 to 1.');
    await expect(search(index, 'dog', { top: 0 })).rejects.toThrow('search: top must be');
    const other = openIndex(indexFile(index), textModel(4));
    await expect(search(other, 'dog')).rejects.toThrow('search: an index must be searched by the model that it was made with.');
  });
});

it('word scores are BM25+ by its definition, the length of a unit counted in different words, as MiniSearch counts it', () => {
  const anyWords = fc.array(fc.constantFrom('a', 'b', 'c', 'd', 'e'), { maxLength: 12 });
  fc.assert(
    fc.property(fc.array(anyWords, { minLength: 1, maxLength: 8 }), anyWords, (units, query) => {
      const lengthOf = (words: readonly string[]) => new Set(words).size;
      const mean = units.reduce((sum, words) => sum + lengthOf(words), 0) / units.length;
      const expected = units.map((words) =>
        [...new Set(query)].reduce((sum, word) => {
          const count = words.filter((each) => each === word).length;
          if (count === 0) return sum;
          const having = units.filter((each) => each.includes(word)).length;
          const rarity = Math.log(1 + (units.length - having + 0.5) / (having + 0.5));
          return sum + rarity * (0.5 + (count * 2.2) / (count + 1.2 * (0.3 + (0.7 * lengthOf(words)) / mean)));
        }, 0),
      );
      expectClose(wordScores(units).of(query), expected, { atol: 1e-9, rtol: 1e-9 });
    }),
  );
});

it('two systems are fused by what each could give at the least and gave at the most', () => {
  const [vector, bm25] = [Float64Array.of(0.5, -1, 0), Float64Array.of(0, 4, 1)];
  expectClose(fuse(vector, bm25, { fusion: 'score', weight: 0.75 }), [0.75, 0.25, 0.5 + 0.0625], { atol: 1e-12, rtol: 0 });
  expectClose(fuse(vector, bm25, { fusion: 'rank', weight: 0.75 }), [1 / 61, 1 / 63 + 1 / 61, 2 / 62], { atol: 1e-12, rtol: 0 });
  expect([...fuse(Float64Array.of(0), Float64Array.of(0), { fusion: 'score', weight: 0.5 })]).toEqual([0.5]);
});

describe('an index', () => {
  const same = (one: DocumentIndex, other: DocumentIndex): void => {
    for (const level of ['sentences', 'paragraphs', 'sections'] as const) {
      expect(one.embedding[level].offsets).toEqual(other.embedding[level].offsets);
      expectClose(one.embedding[level].vectors, other.embedding[level].vectors, { atol: 1e-6, rtol: 1e-6 }, level);
    }
  };

  it('of an edited document is that of a fresh one, and reads under 2 % of its windows for one paragraph', async () => {
    const model = textModel();
    const options = { locale: 'en', length: 34, overlap: 8 };
    const paragraphs = drawnText(900).split('\n\n');
    const index = await createIndex(paragraphs.join('\n\n'), model, options);
    const other = 'A paragraph of other words, and of another length. It was not there.';
    const edited = paragraphs.map((paragraph, at) => (at === 437 ? other : paragraph)).join('\n\n');
    const updated = await updateIndex(index, edited);
    const fresh = await createIndex(edited, model, options);
    same(updated, fresh);
    expect(updated.text).toBe(edited);
    expect(fresh.read.length).toBeGreaterThan(900);
    expect(updated.read.length).toBeGreaterThan(0);
    expect(updated.read.length).toBeLessThan(0.02 * fresh.read.length);
    expect((await updateIndex(index, index.text)).read).toEqual([]);
    same(index, await createIndex(paragraphs.join('\n\n'), model, options));
  });

  it('of any edit is that of a fresh one', async () => {
    const model = textModel();
    const options = { locale: 'en', length: 12, overlap: 4 };
    const anyPiece = fc.constantFrom('It rains. ', 'I wait ', '\n\n', '# Head\n\n', 'Dog dog dog dog. ', 'x', ' ');
    const anyText = fc.array(anyPiece, { maxLength: 25 }).map((pieces) => pieces.join(''));
    await fc.assert(
      fc.asyncProperty(anyText, anyText, fc.nat(), fc.nat(30), async (text, more, from, count) => {
        const at = from % (text.length + 1);
        const edited = text.slice(0, at) + more + text.slice(at + count);
        same(await updateIndex(await createIndex(text, model, options), edited), await createIndex(edited, model, options));
      }),
      { numRuns: 40 },
    );
  });

  it('goes through its file, whole, and goes on to be edited', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'index-'));
    try {
      const model = textModel();
      const index = await createIndex(`${weather}\n\nLone \ud800 half, and 🙂.`, model, { locale: 'en' });
      await saveIndex(index, join(folder, 'book.safetensors'));
      expect(await readdir(folder)).toEqual(['book.safetensors']);
      const bytes = await readFile(join(folder, 'book.safetensors'));
      const opened = openIndex(bytes, model);
      expect([opened.text, opened.read]).toEqual([index.text, []]);
      same(opened, index);
      expect(await search(opened, 'a dog')).toEqual(await search(index, 'a dog'));
      expect(indexFile(opened)).toEqual(indexFile(index));
      const edited = `${weather}\n\nMore.`;
      same(await updateIndex(opened, edited), await createIndex(edited, model, { locale: 'en' }));
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('of another copy of the package is searched, edited and written as its own', async () => {
    const model = textModel();
    const index = await createIndex(weather, model, { locale: 'en' });
    vi.resetModules();
    const other = { ...(await import('./search.ts')), ...(await import('./index-file.ts')), ...(await import('./document-index.ts')) };
    expect(other.createIndex).not.toBe(createIndex);
    expect(await other.search(index, 'a dog')).toEqual(await search(index, 'a dog'));
    expect(other.indexFile(index)).toEqual(indexFile(index));
    const edited = `${weather}\n\nMore.`;
    same(await other.updateIndex(index, edited), await createIndex(edited, model, { locale: 'en' }));
    await expect(other.search({ ...index }, 'a dog')).rejects.toThrow('search: index must be an index of a document.');
  });

  it('that was damaged is an error, or reads as it is', async () => {
    const model = textModel();
    const valid = indexFile(await createIndex(weather, model, { locale: 'en' }));
    let refused = 0;
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(valid.length - 1), fc.nat(255)), { minLength: 1, maxLength: 3 }), (changes) => {
        const file = valid.slice();
        for (const [at, byte] of changes) file[at] = byte;
        try {
          openIndex(file, model);
        } catch (error) {
          refused++;
          expect((error as Error).message).toMatch(/^openIndex: /);
        }
      }),
      { numRuns: 300 },
    );
    expect(refused).toBeGreaterThan(30);
    expect(() => openIndex(valid.subarray(0, 40), model)).toThrow('openIndex: ');
    expect(() => openIndex('book.safetensors' as never, model)).toThrow(
      'remedy    read it first: openIndex(await readFile(path), model) in Node, openIndex(await file.arrayBuffer(), model) in a page.',
    );
    await expect(saveIndex(await createIndex('a', model), 'folder/')).rejects.toThrow('saveIndex: path must be that of a file.');
    await expect(saveIndex(await createIndex('a', model), 'x'.repeat(300))).rejects.toThrow(
      'saveIndex: a path must not be longer than the system allows.\n  expected  names of at most 255 bytes',
    );
    await expect(saveIndex(await createIndex('a', model), '/proc/none/a')).rejects.toThrow(
      'saveIndex: the folder must be one that can be written into.',
    );
  });
});

describe('an index of words alone', () => {
  it('finds what words find in the index of a model, at every level, and tells how far it is', async () => {
    const told: string[] = [];
    const words = await indexWords(weather, { locale: 'en', progress: ({ stage }) => told.push(stage) });
    const whole = await createIndex(weather, textModel(), { locale: 'en' });
    expect(words.text).toBe(weather);
    expect(new Set(told)).toEqual(new Set(['segment']));
    for (const level of ['section', 'paragraph', 'sentence'] as const) {
      const options = { by: 'words', level, sections: 2 } as const;
      const found = await search(words, 'A dog waits in the valley', options);
      expect(found).toEqual(await search(whole, 'A dog waits in the valley', options));
      expect(found.length).toBeGreaterThan(0);
    }
    const own = await indexWords('One! Two.\n\nThree?', { heading: (paragraph) => paragraph.startsWith('Three') });
    const three = (level: 'section' | 'paragraph') => search(own, 'three', { by: 'words', level });
    expect((await three('section'))[0]?.section.heading).toBe('Three?');
    expect(await three('paragraph')).toEqual([]);
  });

  it('has no vectors, and says so', async () => {
    const words = await indexWords(weather);
    await expect(search(words, 'dog')).rejects.toThrow(
      "search: an index of words alone must be searched by words.\n  expected  by: 'words'\n  got       a search by vectors",
    );
    await expect(search(words, 'dog', { by: 'vectors' })).rejects.toThrow('must be searched by words');
    const taken = words as DocumentIndex; // as plain JavaScript may hand it on
    expect(() => indexFile(taken)).toThrow('indexFile: index must have vectors.');
    await expect(updateIndex(taken, 'new')).rejects.toThrow('updateIndex: index must have vectors.');
    await expect(search({ ...words }, 'dog', { by: 'words' })).rejects.toThrow('search: index must be an index of a document.');
    await expect(indexWords(weather, { signal: AbortSignal.abort() })).rejects.toThrow(/abort/i);
    await expect(indexWords(7 as never)).rejects.toThrow('indexWords: document must be a text, a file, or pieces of a text.');
  });
});
