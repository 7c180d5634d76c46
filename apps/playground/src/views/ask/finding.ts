import { type SearchResult, search, type WordIndex } from '@longspan/models/documents';
import { type Found, mostMarked, type Passage, type Question, type Way } from './passages.ts';

/** What an index says to a question: together and by each way alone, or, before a model has read the text, by words. */
export async function find(index: WordIndex, { key, question, reading }: Pick<Found, 'key' | 'question' | 'reading'>): Promise<Found> {
  const begin = performance.now();
  const by = (way: Way): Promise<readonly Passage[]> => passagesBy(index, question, way);
  const words = await by('words');
  const passages =
    reading === undefined ? { both: [], vectors: [], words } : { both: await by('both'), vectors: await by('vectors'), words };
  const { segments } = index;
  return {
    key,
    question,
    reading,
    passages,
    units: segments[`${question.level}s`].count,
    sections: segments.sections.offsets.slice(),
    milliseconds: performance.now() - begin,
  };
}

async function passagesBy(index: WordIndex, { question, level, weight }: Question, by: Way): Promise<readonly Passage[]> {
  return (await search(index, question, { level, weight, by, top: mostMarked })).map(passageOf);
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
