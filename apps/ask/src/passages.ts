import { type DocumentIndex, type SearchOptions, type SearchResult, search } from '@longspan/models/documents';
import type { ExpectedQuestion } from './questions.ts';

/** A paragraph that fits a question. */
export interface Passage extends Pick<SearchResult, 'text' | 'start' | 'end' | 'score' | 'sentence'> {
  /** What its section begins with; '' before the first heading. */
  readonly section: string;
  /** Its number in its section, from 1, the heading apart, and how many there are. */
  readonly paragraph: number;
  readonly paragraphs: number;
}

/** Where the passage that was meant stands in a list, from 1; undefined where it is not among the first of them. */
export type Rank = number | undefined;

/** A question that ships with the passage that it means, and where that one was found. */
export interface Meant {
  readonly expected: ExpectedQuestion;
  readonly fused: Rank;
  readonly byWords: Rank;
  readonly byVectors: Rank;
}

/** What was found for a question. */
export interface Found {
  readonly question: string;
  /** The best ones by vectors and BM25 together. */
  readonly passages: readonly Passage[];
  /** The best one by each alone. */
  readonly byWords: Passage | undefined;
  readonly byVectors: Passage | undefined;
  readonly meant: Meant | undefined;
  /** What the search of both together took. */
  readonly seconds: number;
}

/** How many of the best are looked through for the passage that was meant. */
export const looked = 50;

/**
 * Finds the passages that fit a question.
 * @param options.expected the question with the place that it means, where it ships with one
 */
export async function findPassages(
  index: DocumentIndex,
  question: string,
  { top, expected, signal }: { readonly top: number; readonly expected?: ExpectedQuestion | undefined; readonly signal: AbortSignal },
): Promise<Found> {
  const best = (count: number, by: SearchOptions['by']): Promise<readonly SearchResult[]> =>
    search(index, question, { top: count, by, signal });
  const begin = performance.now();
  const fused = await best(top, 'both');
  const seconds = (performance.now() - begin) / 1000;
  const most = expected === undefined ? 1 : looked;
  const [words, vectors] = [await best(most, 'words'), await best(most, 'vectors')];
  const first = ([result]: readonly SearchResult[]) => result && passageOf(index, result);
  const rank = (results: readonly SearchResult[], { words }: ExpectedQuestion): Rank => {
    const at = results.findIndex(({ text }) => text.includes(words));
    return at < 0 ? undefined : at + 1;
  };
  return {
    question,
    passages: fused.map((result) => passageOf(index, result)),
    byWords: first(words),
    byVectors: first(vectors),
    meant: expected && {
      expected,
      fused: rank(await best(looked, 'both'), expected),
      byWords: rank(words, expected),
      byVectors: rank(vectors, expected),
    },
    seconds,
  };
}

function passageOf({ embedding }: DocumentIndex, { section, ...result }: SearchResult): Passage {
  const { offsets } = embedding.paragraphs;
  const within = [...offsets.slice(0, -1)].filter((offset) => offset >= section.start && offset < section.end);
  const headings = section.heading === '' ? 0 : 1;
  return {
    text: result.text,
    start: result.start,
    end: result.end,
    score: result.score,
    sentence: result.sentence,
    section: section.heading,
    paragraph: within.filter((offset) => offset <= result.start).length - headings,
    paragraphs: within.length - headings,
  };
}
