import { ConfigError, requireCountOfNumbers, requireInteger, requireKnown } from '@longspan/core-tensor/error';
import { packRows } from './pack-rows.ts';
import { sequencesOf } from './padded-batch.ts';

/** Several sequences in each row. Lists of the host. */
export interface PackedBatch {
  /** [b · n], row after row; 0 after the last sequence of a row. */
  readonly ids: Int32Array;
  /** [b · n]: the next token of the same sequence; −100 at the end of each, and after the last one. */
  readonly targets: Int32Array;
  readonly shape: readonly [batch: number, length: number];
  /** For each row the sequence of each token, by its index in the list; padding is a sequence of its own, −1: for the mask `documents`. */
  readonly documents: readonly Int32Array[];
  /** [b · n]: where each token stands in its own sequence. */
  readonly positions: Int32Array;
}

/**
 * Packs sequences into rows of one length (`packRows`), for attention that stays within each (`documents` of @longspan/attention-sparse).
 * @param sequences lists of tokens
 * @param options.length tokens of a row
 * @throws ConfigError when a sequence is longer than a row, is empty, or holds what is not an integer of at least 0
 * @cost that of packRows, and O(b · n)
 * @source Krell et al. 2021 (arXiv 2107.02027)
 * @example
 * const { ids, targets, documents } = packedBatch([[1, 2], [3, 4, 5], [6]], { length: 4 });
 * [...ids]; // => [3, 4, 5, 6, 1, 2, 0, 0]
 * [...targets]; // => [4, 5, -100, -100, 2, -100, -100, -100]
 * documents.map((row) => [...row]); // => [[1, 1, 1, 2], [0, 0, -1, -1]]
 */
export function packedBatch(sequences: readonly ArrayLike<number>[], options: { readonly length: number }): PackedBatch {
  const caller = 'packedBatch';
  const all = sequencesOf(caller, sequences);
  requireKnown(caller, options, { length: true });
  const { length } = options;
  requireInteger(caller, { length }, 1);
  const longest = all.findIndex((each) => each.length > length);
  if (longest >= 0) {
    throw new ConfigError({
      caller,
      problem: 'every sequence must fit into a row.',
      expected: `at most ${length} tokens (length)`,
      got: `${all[longest]?.length} in sequences[${longest}]`,
      remedy: 'cut it, or take longer rows.',
    });
  }
  const rows = packRows(
    all.map((each) => each.length),
    { length },
  );
  requireCountOfNumbers(caller, [rows.length, length]);
  const ids = new Int32Array(rows.length * length);
  const targets = new Int32Array(ids.length).fill(-100);
  const positions = new Int32Array(ids.length);
  const documents = rows.map(() => new Int32Array(length).fill(-1));
  for (const [row, indices] of rows.entries()) {
    let at = 0;
    for (const index of indices) {
      const sequence = all[index] as readonly number[];
      const start = row * length + at;
      ids.set(sequence, start);
      targets.set(sequence.slice(1), start);
      positions.set(
        sequence.map((_, position) => position),
        start,
      );
      documents[row]?.fill(index, at, at + sequence.length);
      at += sequence.length;
    }
  }
  return { ids, targets, shape: [rows.length, length], documents, positions };
}
