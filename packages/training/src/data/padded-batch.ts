import { ConfigError, requireCountOfNumbers, requireInteger, requireKnown } from '@longspan/core-tensor/error';
import { requireList } from '../metrics/numbers.ts';
import { requireTokens } from './require-tokens.ts';

/** Sequences of several lengths beside each other. Lists of the host, row after row. */
export interface PaddedBatch {
  /** [b · n] */
  readonly ids: Int32Array;
  /** [b · n]: the next token of the row; −100 at the last one and after it. */
  readonly targets: Int32Array;
  readonly shape: readonly [batch: number, length: number];
  /** Tokens of each row, which stand first: `paddingOfLengths` of @longspan/core-tensor makes `context.padding` of them. */
  readonly lengths: readonly number[];
}

export interface PaddedBatchOptions {
  /** The token that fills up rows; 0 by default. */
  readonly padToken?: number | undefined;
  /** The length is made a multiple of that; 1 by default. */
  readonly multipleOf?: number | undefined;
}

/**
 * Puts sequences into the rows of one batch, as long as the longest.
 * @param sequences lists of tokens
 * @throws ConfigError when there is no sequence, one is empty, or a token is not an integer of at least 0
 * @cost O(b · n)
 * @example
 * const { ids, targets, shape, lengths } = paddedBatch([[1, 2, 3], [4]]);
 * [...ids]; // => [1, 2, 3, 4, 0, 0]
 * [...targets]; // => [2, 3, -100, -100, -100, -100]
 * [shape, lengths]; // => [[2, 3], [3, 1]]
 */
export function paddedBatch(sequences: readonly ArrayLike<number>[], options: PaddedBatchOptions = {}): PaddedBatch {
  const caller = 'paddedBatch';
  const rows = sequencesOf(caller, sequences);
  requireKnown(caller, options, { padToken: true, multipleOf: true });
  const { padToken = 0, multipleOf = 1 } = options;
  requireInteger(caller, { padToken }, 0);
  requireInteger(caller, { multipleOf }, 1);
  const lengths = rows.map((row) => row.length);
  const longest = lengths.reduce((most, each) => Math.max(most, each), 0);
  const length = Math.ceil(longest / multipleOf) * multipleOf;
  requireCountOfNumbers(caller, [rows.length, length]);
  const ids = new Int32Array(rows.length * length).fill(padToken);
  const targets = new Int32Array(ids.length).fill(-100);
  for (const [at, row] of rows.entries()) {
    ids.set(row, at * length);
    targets.set(row.slice(1), at * length);
  }
  return { ids, targets, shape: [rows.length, length], lengths };
}

/** Lists of tokens, checked: at least one, and none is empty. */
export function sequencesOf(caller: string, sequences: readonly ArrayLike<number>[]): readonly (readonly number[])[] {
  requireList(caller, 'sequences', sequences);
  const rows = Array.from(sequences, (sequence, at) => requireTokens(caller, `sequences[${at}]`, sequence));
  const empty = rows.findIndex((row) => row.length === 0);
  if (rows.length > 0 && empty < 0) return rows;
  throw new ConfigError({
    caller,
    problem: 'sequences must hold at least one, and each of them a token.',
    expected: 'a list of lists of tokens',
    got: rows.length === 0 ? 'no sequence' : `an empty one at index ${empty}`,
    remedy: 'leave empty sequences out.',
  });
}
