import { type DocumentIndex, type SearchResult, search } from '@longspan/models/documents';
import { mostMarked, type Passage, type Passages, type Question, type Way } from './passages.ts';

/** What is found together, and what vectors and words alone would have said. */
export async function findPassages(index: DocumentIndex, { question, level, weight }: Question): Promise<Passages> {
  const by = async (way: Way): Promise<readonly Passage[]> =>
    (await search(index, question, { level, weight, by: way, top: mostMarked })).map(passageOf);
  return { both: await by('both'), vectors: await by('vectors'), words: await by('words') };
}

const passageOf = ({ start, end, sentence, section, score, vector, bm25 }: SearchResult): Passage => ({
  start,
  end,
  sentence: { start: sentence.start, end: sentence.end },
  section,
  score,
  cosine: vector,
  bm25,
});
