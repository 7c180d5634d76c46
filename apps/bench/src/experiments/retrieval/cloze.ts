import { segmentText, type TextSegments } from '@longspan/hierarchical';
import type { BookChapters } from '../../text/chapters.ts';

/** A sentence that was cut out of its paragraph, and has to find it. */
export interface Query {
  readonly text: string;
  /** The number of its paragraph. */
  readonly paragraph: number;
}

/** A text without the sentences that are asked for. */
export interface Cloze {
  readonly text: string;
  readonly queries: readonly Query[];
  readonly paragraphs: readonly string[];
  /** Of each paragraph the number of its chapter. */
  readonly chapters: readonly number[];
}

export const language = 'en';

/** Words of the shortest sentence that is asked for; sentences that its paragraph has at least. */
const fewest = { words: 8, sentences: 3 } as const;

/**
 * The inverse cloze task: from each chapter some paragraphs are drawn, and from each of these a sentence, which is cut out.
 * @param random uniform numbers, from which paragraphs and sentences are drawn
 * @source Lee, Chang and Toutanova 2019 (arXiv 1906.00300) §4
 */
export function clozeOf({ text, starts }: BookChapters, perChapter: number, random: () => number): Cloze {
  const segments = segmentText(text, { locale: language });
  const { paragraphs } = segments;
  const chapters = Array.from({ length: paragraphs.count }, (_, at) => chapterOf(starts, paragraphs.offsets[at] as number));
  const cuts = starts.slice(1).flatMap((_, chapter) => {
    const offered = chapters.flatMap((of, paragraph): readonly (readonly Cut[])[] => {
      const sentences = of === chapter ? sentencesToAsk(segments, paragraph) : [];
      return sentences.length === 0 ? [] : [sentences];
    });
    return draw(offered, perChapter, random).map((sentences) => draw(sentences, 1, random)[0] as Cut);
  });
  cuts.sort((a, b) => a.start - b.start);
  const rest = [...cuts.map(({ start }, at) => text.slice(cuts[at - 1]?.end ?? 0, start)), text.slice(cuts.at(-1)?.end ?? 0)].join('');
  const without = segmentText(rest, { locale: language }).paragraphs;
  if (without.count !== paragraphs.count)
    throw new Error(`a text of ${paragraphs.count} paragraphs must keep them, ${without.count} are left`);
  return {
    text: rest,
    queries: cuts.map(({ asked, paragraph }) => ({ text: asked, paragraph })),
    paragraphs: Array.from({ length: without.count }, (_, at) => rest.slice(without.offsets[at], without.offsets[at + 1])),
    chapters,
  };
}

interface Cut {
  readonly start: number;
  readonly end: number;
  readonly asked: string;
  readonly paragraph: number;
}

const chapterOf = (starts: readonly number[], place: number): number => starts.findLastIndex((start) => start <= place);

/** The sentences of a paragraph that may be asked for; none where it has too few. */
function sentencesToAsk({ text, paragraphs, sentences }: TextSegments, paragraph: number): readonly Cut[] {
  const [from, to] = [paragraphs.offsets[paragraph] as number, paragraphs.offsets[paragraph + 1] as number];
  const first = sentences.offsets.indexOf(from);
  const end = sentences.offsets.indexOf(to, first);
  if (end - first < fewest.sentences) return [];
  return Array.from({ length: end - first }, (_, at) => first + at).flatMap((sentence): Cut[] => {
    const [start, stop] = [sentences.offsets[sentence] as number, sentences.offsets[sentence + 1] as number];
    const asked = text.slice(start, stop).trim();
    if (asked.split(/\s+/).length < fewest.words) return [];
    // With the blanks on one side, so that no empty line is left, which would part the paragraph.
    if (sentence + 1 < end) return [{ start, end: stop, asked, paragraph }];
    const before = text.slice(from, start).trimEnd().length;
    return [{ start: from + before, end: from + text.slice(from, stop).trimEnd().length, asked, paragraph }];
  });
}

/** Some of the items without replacement, or all where there are not more. */
function draw<Item>(items: readonly Item[], most: number, random: () => number): readonly Item[] {
  const left = [...items];
  return Array.from({ length: Math.min(most, items.length) }, () => left.splice(Math.floor(random() * left.length), 1)[0] as Item);
}
