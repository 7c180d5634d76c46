import { createKey } from '@longspan/core-tensor/key';
import { randomStream } from '../../figures/random-stream.ts';
import { bookChapters } from '../../text/chapters.ts';
import { type Cloze, clozeOf } from './cloze.ts';
import type { ClozeInput, Ranks } from './input.ts';
import { reciprocalRank, type Scores } from './ranks.ts';

/** The same queries in every process. */
export const clozeFor = ({ seed, chapters, perChapter }: ClozeInput): Cloze =>
  clozeOf(bookChapters(chapters), perChapter, randomStream(createKey(seed).fold('cloze')));

/** The first paragraph of the chapter of a query's, and the one after its last. */
function chapterRange({ chapters }: Pick<Cloze, 'chapters'>, paragraph: number): readonly [first: number, end: number] {
  const chapter = chapters[paragraph] as number;
  return [chapters.indexOf(chapter), chapters.lastIndexOf(chapter) + 1];
}

/**
 * 1 / rank of each query's paragraph.
 * @param score the scores of paragraphs `first` … `end` − 1 for a query
 */
export function ranksOf(cloze: Cloze, score: (query: number, first: number, end: number) => Scores): Ranks {
  const among = (range: (paragraph: number) => readonly [number, number]): readonly number[] =>
    cloze.queries.map(({ paragraph }, query) => {
      const [first, end] = range(paragraph);
      return reciprocalRank(score(query, first, end), paragraph - first);
    });
  return { book: among(() => [0, cloze.paragraphs.length]), chapter: among((paragraph) => chapterRange(cloze, paragraph)) };
}
