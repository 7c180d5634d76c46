import type { Looked } from './reader-work.ts';
import { bySegment, weightsOf } from './weights.ts';

interface JsonRequest {
  readonly looked: Looked;
  /** From 1. */
  readonly layer: number;
  readonly head: number;
  readonly budget: number;
  readonly title: string;
  readonly place: number;
}

/** What the view shows, as data: weights by word, and what the mechanisms keep, head by head. */
export function jsonOf({ looked: { reading, kept, queries }, layer, head, budget, title, place }: JsonRequest): unknown {
  const { segments, chosen, length, next, bits } = reading;
  const weights = bySegment(reading, weightsOf(reading, layer - 1, head), undefined);
  return {
    text: title,
    place,
    query: segments[chosen]?.text,
    bytesRead: length,
    layer,
    head: head === 0 ? 'mean of all' : head,
    words: segments.flatMap(({ text, from, to }, at) =>
      to > from ? [{ text, bytesBefore: length - to, weight: weights[at]?.weight }] : [],
    ),
    keysPerQuery: budget,
    averagedOver: queries,
    mechanisms: kept.map(({ id, expression, atWord, onAverage, pairs }) => ({
      id,
      mask: expression,
      massAtWord: atWord,
      massOnAverage: onAverage,
      pairs,
    })),
    next,
    bitsPerByte: bits,
  };
}
