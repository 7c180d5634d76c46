import {
  ConfigError,
  isList,
  requireCountOfNumbers,
  requireInteger,
  requireIntegers,
  requireKind,
  ShapeError,
  show,
  stamped,
} from '../error/index.ts';

/**
 * Which tokens of a batch are padding, which nobody attends to. Data of the host, for masks are made of it: made once, by `padding` or
 * `paddingOfLengths`, and handed to every layer as `context.padding`. Its identity is what layers cache their masks by.
 */
export class Padding {
  /** One row of 1 (a token) and 0 (padding) for each batch row; a single row where all are alike. */
  readonly rows: readonly Uint8Array[];
  readonly batch: number;
  readonly length: number;
  /** Whether there is any padding at all. */
  readonly some: boolean;
  /** How many tokens each of `rows` begins with, where all padding stands after them; undefined where some stands elsewhere. */
  readonly lengths: readonly number[] | undefined;

  /** Use `padding` or `paddingOfLengths`, which check what they are given. */
  constructor(rows: readonly Uint8Array[], length: number) {
    const [first] = rows;
    const alike = rows.every((row) => first !== undefined && row.every((value, at) => value === first[at]));
    this.batch = rows.length;
    this.length = length;
    this.rows = alike ? rows.slice(0, 1) : rows;
    this.some = this.rows.some((row) => row.includes(0));
    const lengths = this.rows.map((row) => (row.includes(0) ? row.indexOf(0) : length));
    this.lengths = this.rows.every((row, at) => !row.includes(1, lengths[at])) ? lengths : undefined;
    stamped(this);
  }

  /** Whether that position of that batch row holds a token and not padding. */
  isToken(batchRow: number, position: number): boolean {
    return (this.rows[this.rows.length === 1 ? 0 : batchRow] as Uint8Array)[position] === 1;
  }

  /** The positions of the padding, in each of `rows`. */
  positions(): readonly (readonly number[])[] {
    return this.rows.map((row) => Array.from(row.keys()).filter((position) => row[position] === 0));
  }
}

/**
 * Says which tokens are padding, wherever they stand, as Hugging Face's attention_mask does.
 * @param rows for each batch row one list of 1 (a token) and 0 (padding), all of one length
 * @throws ShapeError when rows have several lengths; ConfigError when they are not lists of 0 and 1
 * @cost O(batch · tokens), no tensor operations
 * @example
 * padding([[1, 1, 0], [1, 1, 1]]).lengths; // => [2, 3]
 * padding([[0, 1, 1]]).lengths; // => undefined
 */
export function padding(rows: readonly ArrayLike<number>[]): Padding {
  const caller = 'padding';
  if (!Array.isArray(rows) || !isList(rows) || !rows.every(isList)) {
    throw new ConfigError({
      caller,
      problem: 'rows must be lists on the host, for masks are made of them without reading a tensor back.',
      expected: 'one list of 0 and 1 for each batch row',
      got: show(rows),
      remedy: 'write padding([[1, 1, 0]]); for a tensor, padding(await tensor.array()).',
    });
  }
  const length = rows[0]?.length ?? 0;
  const values = rows.map((row, at) => {
    if (row.length !== length) {
      throw new ShapeError({
        caller,
        problem: 'all rows must have the same length.',
        expected: `${length} tokens  (set by row 0)`,
        got: `${row.length} (row ${at})`,
        remedy: 'write 0 for what fills a row up.',
      });
    }
    const wrong = Array.from(row as ArrayLike<number>).findIndex((value) => value !== 0 && value !== 1);
    if (wrong < 0) return Uint8Array.from(row as ArrayLike<number>);
    throw new ConfigError({
      caller,
      problem: 'every token must be marked 1 (a token) or 0 (padding).',
      expected: '0 or 1',
      got: `${show(row[wrong])} (row ${at}, token ${wrong})`,
      remedy: 'give global tokens and token types as context values of their own.',
    });
  });
  return new Padding(values, length);
}

/**
 * The padding of batch rows of these lengths, filled up at their ends to the longest, or to `length`.
 * @throws ConfigError when a length is not an integer from 0 to `length`
 * @cost O(batch · tokens), no tensor operations
 * @example
 * const { length, positions } = paddingOfLengths([3, 1]);
 * length; // => 3
 * paddingOfLengths([3, 1]).positions(); // => [[], [1, 2]]
 */
export function paddingOfLengths(lengths: ArrayLike<number>, length: number = longest(lengths)): Padding {
  const rows = requireIntegers('paddingOfLengths', 'lengths', lengths);
  requireInteger('paddingOfLengths', { length }, 0);
  requireCountOfNumbers('paddingOfLengths', [rows.length, length]);
  const wrong = rows.find((each) => !(each >= 0 && each <= length));
  if (wrong !== undefined) {
    throw new ConfigError({
      caller: 'paddingOfLengths',
      problem: 'every length must be an integer from 0 to the length of the batch.',
      expected: `0 … ${length}`,
      got: show(wrong),
      remedy: 'give the number of tokens of each batch row.',
    });
  }
  return new Padding(
    rows.map((each) => new Uint8Array(length).fill(1, 0, each)),
    length,
  );
}

/** Of whatever came as lengths, which are checked after this. */
const longest = (lengths: ArrayLike<number>): number =>
  isList(lengths) ? Array.from(lengths).reduce((most, each) => (Number.isSafeInteger(each) ? Math.max(most, each) : most), 0) : 0;

/**
 * Throws unless the padding, if there is one, is for a batch of that size and length.
 * @param value what came as `context.padding`
 */
export function checkPadding(
  caller: string,
  value: Padding | undefined,
  { batch, length }: { readonly batch: number; readonly length: number },
): void {
  if (value === undefined) return;
  requireKind(caller, 'context.padding', value, 'padding');
  if (value.batch === batch && value.length === length) return;
  throw new ShapeError({
    caller,
    problem: 'context.padding must have one row for each batch row and one mark for each token.',
    expected: `${batch} rows of ${length} tokens  (set by x)`,
    got: `${value.batch} rows of ${value.length} tokens`,
    remedy: 'make the padding of this batch.',
  });
}
