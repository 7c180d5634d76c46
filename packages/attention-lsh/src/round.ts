import {
  type AttentionDropoutTerm,
  attentionDropout,
  type BlockLayout,
  type OriginalPositionsTerm,
  originalPositions,
} from '@longspan/core-tensor';
import { add, concat, reshape, slice, type Tensor, tensor } from '@tensorflow/tfjs-core';
import { type Chunks, chunkLayout } from './chunk-layout.ts';
import type { Dropout } from './dropout.ts';
import { asOwnRows, asRows, asTokens, firsts, type Planes } from './planes.ts';
import { inverseRows, takeNumbers } from './rows.ts';

/** What a token scores with itself: so low that it counts only where the token sees nothing else. */
const selfScore = -1e5;

/** Below this a row's log-sum-exp says that it saw itself at most. */
export const aloneBelow = -5e4;

/** What all rounds of a call share. */
export interface Rounds extends Chunks {
  readonly causal: boolean;
  readonly dropout: Dropout | undefined;
  /** A sorted copy of the sequences that are worked on at one time may hold this many numbers, or those of one sequence. */
  readonly liveNumbers: number;
  /** int32 [b, n], −1 for padding; undefined where there is none. */
  readonly keyPositions: Tensor | undefined;
}

/** The keys from around a round's ends, which belong to tokens of other places: int32 [1, planes, before + after]. */
export interface Edges {
  /** Where they stand among the planes' keys. */
  readonly places: Tensor;
  /** Which rows of the planes they are. */
  readonly rows: Tensor;
}

/** One round of hashing of some planes, as attention over sorted tokens. */
export interface Round {
  /** int32 [1, planes, n]: the sorted queries as rows of all sequences. */
  readonly queryRows: Tensor;
  /** The same as rows of the planes. */
  readonly ownQueryRows: Tensor;
  /** int32 [1, planes, before + n + after]: the sorted keys likewise, with the chunks around the round's ends. */
  readonly keyRows: Tensor;
  /** Which of them are the round's own, and stand at each position: rows of the planes' keys, int32 [1, planes, n]. */
  readonly backAmongKeys: Tensor;
  /** None where chunks see themselves only. */
  readonly edges: readonly Edges[];
  /** int32 [1, planes, n]: the place of each position among the planes' sorted queries. */
  readonly back: Tensor;
  /** int32 [1, planes, n] */
  readonly queryPositions: Tensor;
  readonly layout: BlockLayout;
  score(queryPositions: Tensor): (OriginalPositionsTerm | AttentionDropoutTerm)[];
}

/**
 * The round of that number. Chunks lie in a circle through all rounds: the first chunk of a round looks back at the last one of the
 * round before, that of the first round at the last of the last.
 * @param order int32 [1, planes, rounds, n]
 */
export function roundOf(order: Tensor, round: number, rounds: Rounds, planes: Planes): Round {
  const { length, first, count } = planes;
  const [before, after] = [rounds.chunksBefore * rounds.chunkLength, rounds.chunksAfter * rounds.chunkLength];
  const queryPositions = circular(order, round * length, length);
  const keys = circular(order, round * length - before, before + length + after);
  const { causal, dropout, keyPositions } = rounds;
  const key = keyPositions === undefined ? keys : takeNumbers(keyPositions, asTokens(keys, planes));
  const ownQueryRows = asOwnRows(queryPositions, planes);
  const back = inverseRows(ownQueryRows);
  return {
    queryRows: asRows(queryPositions, planes),
    ownQueryRows,
    keyRows: asRows(keys, planes),
    back,
    backAmongKeys: add(
      back,
      firsts(count, (plane) => plane * (before + after) + before),
    ),
    edges: before + after === 0 ? [] : [edgesOf(asOwnRows(keys, planes), before, length)],
    queryPositions,
    layout: chunkLayout(length, rounds),
    score: (query) => [
      originalPositions({ query, key, causal, selfScore }),
      ...(dropout === undefined ? [] : [attentionDropout({ key: dropout.key.fold(round).fold(first), rate: dropout.rate })]),
    ],
  };
}

function edgesOf(ownKeyRows: Tensor, before: number, length: number): Edges {
  const [, count = 0, all = 0] = ownKeyRows.shape;
  const around = all - length;
  const numbers = Int32Array.from({ length: count * around }, (_, at) => {
    const [plane, nth] = [Math.floor(at / around), at % around];
    return plane * all + (nth < before ? nth : nth + length);
  });
  const places = tensor(numbers, [1, count, around], 'int32');
  return { places, rows: takeNumbers(ownKeyRows, places) };
}

/** `count` positions of all rounds, one after the other, from the place `from` on and around as often as it takes. */
function circular(order: Tensor, from: number, count: number): Tensor {
  const [, planes = 0, rounds = 0, length = 0] = order.shape;
  const total = rounds * length;
  const line = reshape(order, [1, planes, total]);
  const pieces: Tensor[] = [];
  let at = ((from % total) + total) % total;
  for (let left = count; left > 0; ) {
    const taken = Math.min(left, total - at);
    pieces.push(slice(line, [0, 0, at], [1, planes, taken]));
    left -= taken;
    at = 0;
  }
  return pieces.length === 1 ? (pieces[0] as Tensor) : concat(pieces, 2);
}
