import { createKey } from '@longspan/core-tensor/key';
import { bertModel } from '@longspan/models/bert';
import { createIndex, search, type TextModel } from '@longspan/models/documents';
import { startBackend } from '../../process/start-backend.ts';
import type { Reporter } from '../../process/work.ts';
import { language } from './cloze.ts';
import { clozeFor, ranksOf } from './find.ts';
import type { WordsFigures, WordsInput } from './input.ts';
import { writeScores } from './scores-file.ts';

/** A model that an index cannot do without, where words alone are searched: one token a paragraph. */
function smallestModel(): TextModel {
  const model = bertModel({ vocabSize: 2, hiddenSize: 2, numHiddenLayers: 0, numAttentionHeads: 1, intermediateSize: 2 });
  const encode = (text: string) =>
    text.trim() === ''
      ? { ids: new Int32Array(0), offsets: new Uint32Array(0) }
      : { ids: Int32Array.of(1), offsets: Uint32Array.of(0, text.length) };
  return { model, parameters: model.init(createKey(0)), tokenizer: { encode, template: { single: { before: [], after: [] } } } };
}

/** `search` by words alone, for every query; its scores are kept for the systems that are fused with it. */
export async function measureWords(input: WordsInput, reporter: Reporter): Promise<WordsFigures> {
  await startBackend('cpu');
  await reporter.started();
  const cloze = clozeFor(input);
  const { queries, paragraphs, chapters } = cloze;
  const index = await createIndex(cloze.text, smallestModel(), { locale: language });
  const { offsets } = index.embedding.paragraphs;
  const rows: Float32Array[] = [];
  for (const { text } of queries) {
    const row = new Float32Array(paragraphs.length);
    for (const { start, bm25 = 0 } of await search(index, text, { by: 'words', top: paragraphs.length }))
      row[unitAt(offsets, start)] = bm25;
    rows.push(row);
    await reporter.progress({ done: rows.length / queries.length, label: `${rows.length} of ${queries.length} queries` });
  }
  writeScores(input, { rows });
  const ranks = ranksOf(cloze, (query, first, end) => (rows[query] as Float32Array).subarray(first, end));
  return { kind: 'words', queries: queries.length, paragraphs: paragraphs.length, chapters: (chapters.at(-1) ?? -1) + 1, ranks };
}

/** The unit that holds a place. */
function unitAt(offsets: Int32Array, place: number): number {
  let [low, high] = [0, offsets.length - 2];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((offsets[middle] as number) <= place) low = middle;
    else high = middle - 1;
  }
  return low;
}
