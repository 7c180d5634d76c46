import {
  type AttentionDropoutTerm,
  attentionDropout,
  type BlockLayout,
  type OriginalPositionsTerm,
  originalPositions,
} from '@longspan/core-tensor';
import { add, concat, reshape, slice, type Tensor } from '@tensorflow/tfjs-core';
import { type Chunks, chunkLayout } from './chunk-layout.ts';
import type { Dropout } from './dropout.ts';
import { firstRows, takeNumbers } from './rows.ts';

/** What a token scores with itself: so low that it counts only where the token sees nothing else. */
const selfScore = -1e5;

/** Below this a row's log-sum-exp says that it saw itself at most. */
export const aloneBelow = -5e4;

/** What all rounds of a call share. */
export interface Rounds extends Chunks {
  readonly causal: boolean;
  readonly dropout: Dropout | undefined;
  /** int32 [b, 1, n], −1 for padding; undefined where there is none. */
  readonly keyPositions: Tensor | undefined;
}

/** One round of hashing as attention over sorted tokens. */
export interface Round {
  /** int32 [b, h, n]: the sorted queries as rows of all sequences. */
  readonly queryRows: Tensor;
  /** int32 [b, h, before + n + after]: the sorted keys, with the chunks around the round's ends. */
  readonly keyRows: Tensor;
  /** Where the round's own keys begin among keyRows. */
  readonly ownKeys: number;
  readonly layout: BlockLayout;
  score(queryPositions: Tensor): (OriginalPositionsTerm | AttentionDropoutTerm)[];
  /** int32 [b, h, n] */
  readonly queryPositions: Tensor;
}

/**
 * The round of that number. Chunks lie in a circle through all rounds: the first chunk of a round looks back at the last one of the
 * round before, that of the first round at the last of the last.
 * @param order int32 [b, h, rounds, n]
 */
export function roundOf(order: Tensor, round: number, rounds: Rounds): Round {
  const [batch = 0, heads = 0, , length = 0] = order.shape;
  const ownKeys = rounds.chunksBefore * rounds.chunkLength;
  const all = ownKeys + length + rounds.chunksAfter * rounds.chunkLength;
  const queryPositions = circular(order, round * length, length);
  const keys = circular(order, round * length - ownKeys, all);
  const first = firstRows([batch, heads, length]);
  const { causal, dropout, keyPositions } = rounds;
  const key = keyPositions === undefined ? keys : takeNumbers(keyPositions, add(keys, firstRows([batch, 1, length])));
  return {
    queryRows: add(queryPositions, first),
    keyRows: add(keys, first),
    ownKeys,
    layout: chunkLayout(length, rounds),
    queryPositions,
    score: (query) => [
      originalPositions({ query, key, causal, selfScore }),
      ...(dropout === undefined ? [] : [attentionDropout({ key: dropout.key.fold(round), rate: dropout.rate })]),
    ],
  };
}

/** `count` positions of all rounds, one after the other, from the place `from` on and around as often as it takes: [b, h, count]. */
function circular(order: Tensor, from: number, count: number): Tensor {
  const [batch = 0, heads = 0, rounds = 0, length = 0] = order.shape;
  const total = rounds * length;
  const line = reshape(order, [batch, heads, total]);
  const pieces: Tensor[] = [];
  let at = ((from % total) + total) % total;
  for (let left = count; left > 0; ) {
    const taken = Math.min(left, total - at);
    pieces.push(slice(line, [0, 0, at], [batch, heads, taken]));
    left -= taken;
    at = 0;
  }
  return pieces.length === 1 ? (pieces[0] as Tensor) : concat(pieces, 2);
}
