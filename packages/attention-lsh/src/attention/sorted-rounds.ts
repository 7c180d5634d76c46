import { type AttentionDropoutTerm, attentionDropout, type OriginalPositionsTerm, originalPositions } from '@longspan/core-tensor';
import { rowsOf } from '@longspan/core-tensor/kernel';
import type { BlockLayout, Span } from '@longspan/core-tensor/layout';
import { concat, reshape, slice, type Tensor } from '@tensorflow/tfjs-core';
import { asOwnRows, asRows, asTokens, plus, type Slices } from '../hash/slices.ts';
import { type Chunks, chunkLayout } from './chunk-layout.ts';
import type { Dropout } from './dropout.ts';

/** What a token scores with itself: so low that it counts only where the token attends to nothing else. */
export const selfScore = -1e5;

/** Below this a row's log-sum-exp says that it attended to itself at most. */
export const aloneBelow = -5e4;

/** What all rounds of a call share. */
export interface Rounds extends Chunks {
  readonly causal: boolean;
  readonly dropout: Dropout | undefined;
  /** A sorted copy of what is worked on at one time may hold this many numbers, or those of one sequence and round. */
  readonly budget: number;
  /** int32 [b, n], −1 for padding; undefined where there is none. */
  readonly keyPositions: Tensor | undefined;
}

/** Some rounds of hashing of some slices, one after the other: m places in all, as attention over sorted tokens. */
export interface SortedRounds {
  /** int32 [1, slices, m]: the position of each sorted query. */
  readonly queryPositions: Tensor;
  /** The same as rows of all sequences. */
  readonly queryRows: Tensor;
  /** The same as rows of the slices. */
  readonly ownQueryRows: Tensor;
  /** The same as places in numbers [slices, rounds, n]. */
  readonly queryPlaces: Tensor;
  /** int32 [1, slices, before + m + after]: the sorted keys as rows of all sequences, with the chunks around the rounds' ends. */
  readonly keyRows: Tensor;
  /** The same as rows of the slices. */
  readonly ownKeyRows: Tensor;
  readonly layout: BlockLayout;
  score(queryPositions: Tensor): (OriginalPositionsTerm | AttentionDropoutTerm)[];
}

/**
 * Those rounds. Chunks lie in a circle through all rounds of the call: the first chunk of a round attends to the last one of the
 * round before, that of the first round at the last of the last.
 * @param order int32 [1, slices, rounds, n]
 */
export function sortedRoundsOf(order: Tensor, span: Span, rounds: Rounds, slices: Slices): SortedRounds {
  const { length, first, count } = slices;
  const spanned = span.end - span.start;
  const places = spanned * length;
  const [before, after] = [rounds.chunksBefore * rounds.chunkLength, rounds.chunksAfter * rounds.chunkLength];
  const queryPositions = circular(order, span.start * length, places);
  const keys = circular(order, span.start * length - before, before + places + after);
  const { causal, dropout, keyPositions } = rounds;
  const key = keyPositions === undefined ? keys : rowsOf(reshape(keyPositions, [-1]), asTokens(keys, slices));
  const [ownQueryRows, ownKeyRows] = [asOwnRows(queryPositions, slices), asOwnRows(keys, slices)];
  return {
    queryPositions,
    queryRows: first === 0 ? ownQueryRows : asRows(queryPositions, slices),
    ownQueryRows,
    queryPlaces: plus(reshape(queryPositions, [1, count, spanned, length]), (line) => line * length),
    keyRows: first === 0 ? ownKeyRows : asRows(keys, slices),
    ownKeyRows,
    layout: chunkLayout(places, rounds),
    score: (query) => [
      originalPositions({ query, key, causal, selfScore }),
      ...(dropout === undefined ? [] : [attentionDropout({ key: dropout.key.fold(span.start).fold(first), rate: dropout.rate })]),
    ],
  };
}

/** `count` positions of all rounds, one after the other, from the place `from` on and around as often as it takes. */
function circular(order: Tensor, from: number, count: number): Tensor {
  const [, slices = 0, rounds = 0, length = 0] = order.shape;
  const total = rounds * length;
  const line = reshape(order, [1, slices, total]);
  const pieces: Tensor[] = [];
  let at = ((from % total) + total) % total;
  for (let left = count; left > 0; ) {
    const taken = Math.min(left, total - at);
    pieces.push(slice(line, [0, 0, at], [1, slices, taken]));
    left -= taken;
    at = 0;
  }
  return pieces.length === 1 ? (pieces[0] as Tensor) : concat(pieces, 2);
}
