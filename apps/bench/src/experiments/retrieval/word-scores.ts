import { segmentText } from '@longspan/hierarchical';
import MiniSearch from 'minisearch';
import { language } from './cloze.ts';

/** Lin's and Lv's constants, as `search` has them. */
const constants = { k: 1.2, b: 0.7, d: 0.5 };

/** The words of a text as `search` compares them. */
function wordsOf(text: string): readonly string[] {
  const { words } = segmentText(text, { locale: language });
  return Array.from({ length: words.count }, (_, at) =>
    text
      .slice(words.offsets[at], words.offsets[at + 1])
      .trim()
      .normalize('NFKC')
      .toLowerCase(),
  ).filter((word) => /[\p{L}\p{N}]/u.test(word));
}

/** BM25+ of a question in every paragraph, as `search` has it: there each paragraph that is found has its best sentence too, which takes long for all. */
export function wordScores(paragraphs: readonly string[]): (question: string) => Float64Array {
  const index = new MiniSearch<{ readonly id: number; readonly words: string }>({
    fields: ['words'],
    tokenize: (text) => text.split('\n'),
    processTerm: (term) => term,
  });
  paragraphs.forEach((paragraph, id) => {
    const words = wordsOf(paragraph);
    if (words.length > 0) index.add({ id, words: words.join('\n') });
  });
  return (question) => {
    const scores = new Float64Array(paragraphs.length);
    const found = index.search([...new Set(wordsOf(question))].join('\n'), { combineWith: 'OR', bm25: constants });
    for (const { id, score, terms } of found) scores[id as number] = score / terms.length;
    return scores;
  };
}
