import { joined, type Text } from '../../text/text.ts';

/** Chapters at the end of the book that are held out. */
const heldOutChapters = 14;

export interface BookParts {
  readonly training: Uint8Array;
  /** 129,159 bytes. */
  readonly heldOut: Uint8Array;
}

/** The book but its last chapters, and those: blank lines stand between chapters, none after the last. */
export function bookParts({ pieces }: Text): BookParts {
  const from = pieces.length - heldOutChapters;
  return { training: joined(pieces.slice(0, from)), heldOut: joined(pieces.slice(from)).slice(0, -2) };
}

/** An excerpt of the held-out part, and how many of its last bytes count. */
export type Span = readonly [offset: number, scored: number];

/**
 * Excerpts of n bytes, and the byte after each, that between them score every byte once: all but the first excerpt's with at least half an
 * excerpt before it.
 * @param most so many scored bytes at most, spread evenly
 */
export function spansOf(length: number, n: number, most: number = length): Span[] {
  const hop = n >> 1;
  const all: Span[] = [[0, n]];
  for (let done = n + 1; done < length; ) {
    const scored = Math.min(hop, length - done);
    done += scored;
    all.push([done - n - 1, scored]);
  }
  const wanted = Math.min(all.length, Math.max(1, Math.floor(most / hop)));
  return Array.from({ length: wanted }, (_, at) => all[Math.floor((at * all.length) / wanted)] as Span);
}
