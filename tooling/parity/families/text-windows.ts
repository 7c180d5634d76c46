import { windows } from '@longspan/models/documents';
import type { Tokenizer } from '@longspan/models/text';
import { type Comparison, compare } from '../compare.ts';
import type { Config } from '../config.ts';

/** One row that a model would read of a long text: tokens of the template, of the other text, and some of its own. */
export interface WindowRow {
  readonly ids: readonly number[];
  readonly offsets: readonly (readonly [start: number, end: number])[];
  /** −1 for tokens of the template. */
  readonly words: readonly number[];
  /** 0 for the text, 1 for its pair, −1 for tokens of the template. */
  readonly sequences: readonly number[];
  /** Where the tokens of the text that is cut begin. */
  readonly first: number;
}

interface Cut {
  /** Which of the two texts is cut into windows. */
  readonly cut: 0 | 1;
  /** Tokens of a row, all of them. */
  readonly length: number;
  readonly overlap: number;
}

/** The rows of a text, or of a text and its pair, of which one is cut into windows. */
export function windowRows(read: Tokenizer, text: string, pair: string | undefined, { cut, length, overlap }: Cut): readonly WindowRow[] {
  const whole = read.encodeText(text, pair === undefined ? {} : { pair });
  const places = Array.from(whole.ids.keys());
  const own = places.filter((at) => whole.sequenceIds[at] === cut);
  const [first = 0, last = -1] = [own[0], own.at(-1)];
  const [before, after] = [places.slice(0, first), places.slice(last + 1)];
  const offsets = Uint32Array.from(own.flatMap((at) => [...whole.offsets.subarray(2 * at, 2 * at + 2)]));
  const ids = Int32Array.from(own, (at) => whole.ids[at] as number);
  const parts = windows({ ids, offsets }, { length: length - before.length - after.length, overlap }).map(({ tokens }) =>
    own.slice(tokens.start, tokens.end),
  );
  return (parts.length === 0 ? [[]] : parts).map((part) => {
    const row = [...before, ...part, ...after];
    return {
      ids: row.map((at) => whole.ids[at] as number),
      offsets: row.map((at) => [whole.offsets[2 * at] as number, whole.offsets[2 * at + 1] as number]),
      words: row.map((at) => whole.wordIds[at] as number),
      sequences: row.map((at) => whole.sequenceIds[at] as number),
      first: before.length,
    };
  });
}

const exactly = { atol: 0, rtol: 0 };

/**
 * Rows against the reference's, which may have padding at their ends.
 * @param hasBlank of a token, where the reference trims the places of each row anew: the first token of a later row keeps its blank there
 */
export function comparedRows(
  ours: readonly WindowRow[],
  theirs: readonly Config[],
  way: string,
  hasBlank: (id: number) => boolean = () => false,
): readonly Comparison[] {
  const same = (name: string, at: number, found: readonly number[], wanted: readonly number[]): Comparison =>
    compare(name, `${way}, window ${at}`, { shape: [found.length], values: found }, { shape: [wanted.length], values: wanted }, exactly);
  const rows = ours.slice(0, theirs.length).flatMap(({ ids, offsets, words, sequences, first }, at) => {
    const row = theirs[at] as Config;
    const length = unpadded(row, sequences);
    const wanted = (name: string) => (row.raw(name) as readonly unknown[]).slice(0, length).flat() as readonly number[];
    const places = offsets.map(([start, end], token): readonly [number, number] =>
      at > 0 && token === first && hasBlank(ids[token] as number) ? [start - 1, start === end ? end - 1 : end] : [start, end],
    );
    const wordIds = row.raw('word_ids') as readonly (number | null)[] | undefined;
    return [
      same('ids', at, ids, wanted('ids')),
      same('offsets_utf16', at, places.flat(), wanted('offsets_utf16')),
      ...(wordIds === undefined
        ? []
        : [
            same(
              'word_ids',
              at,
              words,
              wordIds.slice(0, length).map((each) => each ?? -1),
            ),
          ]),
    ];
  });
  return [same('windows', 0, [ours.length], [theirs.length]), ...rows];
}

/** How many tokens of a row are no padding: those that are attended to, or all up to the last of a text and the template's after it. */
function unpadded(row: Config, sequences: readonly number[]): number {
  const mask = row.raw('attention_mask') as readonly number[] | undefined;
  if (mask !== undefined) return mask.reduce((sum, each) => sum + each, 0);
  const special = row.raw('special_tokens_mask') as readonly number[];
  const after = sequences.length - 1 - sequences.reduce((last, sequence, at) => (sequence < 0 ? last : at), -1);
  return special.lastIndexOf(0) + 1 + after;
}
