import { mobyDick } from './moby-dick.ts';

/** The book as one text, with the place of each chapter in it. */
export interface BookChapters {
  readonly text: string;
  /** Where each begins, in UTF-16 code units; the end of the text last. */
  readonly starts: readonly number[];
}

/** Moby-Dick's chapters in order, front matter and epilogue included, or the first of them. */
export function bookChapters(chapters = Number.POSITIVE_INFINITY): BookChapters {
  const decoder = new TextDecoder();
  const pieces = mobyDick()
    .pieces.slice(0, chapters)
    .map((piece) => decoder.decode(piece));
  const starts = [0];
  for (const piece of pieces) starts.push((starts.at(-1) as number) + piece.length);
  return { text: pieces.join(''), starts };
}
