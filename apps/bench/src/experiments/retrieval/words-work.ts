import { createKey } from '@longspan/core-tensor/key';
import { bertModel } from '@longspan/models/bert';
import { createIndex, type DocumentIndex, search, type TextModel } from '@longspan/models/documents';
import { startBackend } from '../../process/start-backend.ts';
import type { Reporter } from '../../process/work.ts';
import { type Cloze, language } from './cloze.ts';
import { clozeFor, ranksOf } from './find.ts';
import type { WordsFigures, WordsInput } from './input.ts';
import { wordScores } from './word-scores.ts';

/** A model that an index cannot do without, where words alone are searched: one token a paragraph. */
function smallestModel(): TextModel {
  const model = bertModel({ vocabSize: 2, hiddenSize: 2, numHiddenLayers: 0, numAttentionHeads: 1, intermediateSize: 2 });
  const encode = (text: string) =>
    text.trim() === ''
      ? { ids: new Int32Array(0), offsets: new Uint32Array(0) }
      : { ids: Int32Array.of(1), offsets: Uint32Array.of(0, text.length) };
  return { model, parameters: model.init(createKey(0)), tokenizer: { encode, template: { single: { before: [], after: [] } } } };
}

/** By words alone. */
export async function measureWords(input: WordsInput, reporter: Reporter): Promise<WordsFigures> {
  await startBackend('cpu');
  await reporter.started();
  const cloze = clozeFor(input);
  const { queries, paragraphs, chapters } = cloze;
  const scoresOf = wordScores(paragraphs);
  const rows = queries.map(({ text }) => scoresOf(text));
  await checkWords(await createIndex(cloze.text, smallestModel(), { locale: language }), cloze, rows);
  const ranks = ranksOf(cloze, (query, first, end) => (rows[query] as Float64Array).subarray(first, end));
  return { kind: 'words', queries: queries.length, paragraphs: paragraphs.length, chapters: (chapters.at(-1) ?? -1) + 1, ranks };
}

/** The first ten that `search` finds must have the scores that were found here. */
async function checkWords(index: DocumentIndex, { queries, paragraphs }: Cloze, rows: readonly Float64Array[]): Promise<void> {
  const { offsets } = index.embedding.paragraphs;
  if (offsets.length !== paragraphs.length + 1) throw new Error('the index must have the paragraphs of the task');
  for (let query = 0; query < queries.length; query += Math.ceil(queries.length / 20)) {
    for (const { start, bm25 = Number.NaN } of await search(index, (queries[query] as Cloze['queries'][number]).text, { by: 'words' })) {
      const own = rows[query]?.[offsets.findLastIndex((offset) => offset <= start)];
      if (own === undefined || !(Math.abs(bm25 - own) <= 1e-9 * own))
        throw new Error(`wrong answer: search scores ${bm25}, here it is ${own}`);
    }
  }
}
