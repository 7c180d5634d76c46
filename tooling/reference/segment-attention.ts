import type { Tensor } from '@tensorflow/tfjs-core';
import { visiblePairs } from './attention/pairs.ts';
import { type Attended, softmaxAttention } from './attention/softmax-attention.ts';
import type { Choices } from './numbers/numbers.ts';

/** A part of a sequence: the tokens from start on, before end. */
export interface SegmentRange {
  readonly start: number;
  readonly end: number;
}

/** What the queries of one segment attend to of the keys of another, counted from the starts of both. */
export interface SegmentSight {
  readonly from: SegmentRange;
  readonly to: SegmentRange;
  readonly allows?: ((query: number, key: number) => boolean) | undefined;
  /** The key blocks that each query block chose: [b][h][query block]. */
  readonly blocks?: Choices | undefined;
}

/** One softmax over all that any of the sights shows. */
export function segmentAttention(q: Tensor, k: Tensor, v: Tensor, sights: readonly SegmentSight[], blockSize: number): Attended {
  const [batch = 0, heads = 0, queries = 0] = q.shape;
  const isWithin = (at: number, { start, end }: SegmentRange): boolean => at >= start && at < end;
  const counts = visiblePairs({ batch, heads, queries, keys: k.shape[2] as number }, ({ batch, head, query, key }) =>
    sights.some(({ from, to, allows, blocks }) => {
      if (!isWithin(query, from) || !isWithin(key, to)) return false;
      const [at, other] = [query - from.start, key - to.start];
      const chosen = blocks?.[batch]?.[head]?.[Math.floor(at / blockSize)] ?? [];
      return (allows?.(at, other) ?? false) || chosen.includes(Math.floor(other / blockSize));
    }),
  );
  return softmaxAttention(q, k, v, { counts });
}
