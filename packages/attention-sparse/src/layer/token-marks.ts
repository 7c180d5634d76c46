import { ConfigError, ShapeError } from '@longspan/core-tensor/error';
import { keyPadding, keysAt, type Mask } from '../mask/index.ts';

/** One digit for each token of each batch row, as data of the host: what a mask is made of must not be read back from a device. */
export type TokenMarks = readonly ArrayLike<number>[];

/**
 * Checks marks and writes each row as a text of digits; a single text where all rows are alike, so that they share one mask.
 * @param caller the layer, and `name` its input, for the message
 * @param meanings what each digit stands for, from 0
 * @throws ShapeError for a wrong number of rows or tokens; ConfigError for another digit
 */
export function rowTexts(
  caller: string,
  name: string,
  marks: TokenMarks,
  { batch, length, meanings }: { readonly batch: number; readonly length: number; readonly meanings: readonly string[] },
): readonly string[] {
  const unfit = (got: string) =>
    new ShapeError({
      caller,
      problem: `${name} does not fit.`,
      expected: `${batch} rows (batch) of ${length} numbers (tokens)`,
      got,
      remedy: `give ${name} one number for each token of each batch row.`,
    });
  if (marks.length !== batch) throw unfit(`${marks.length} rows`);
  const texts = marks.map((row, at) => {
    if (row.length !== length) throw unfit(`row ${at} with ${row.length} numbers`);
    const digits = Array.from(row);
    const wrong = digits.findIndex((digit) => !(Number.isInteger(digit) && digit >= 0 && digit < meanings.length));
    if (wrong >= 0) {
      throw new ConfigError({
        caller,
        problem: `${name} holds a number that means nothing.`,
        expected: meanings.map((meaning, digit) => `${digit} (${meaning})`).join(', '),
        got: `${digits[wrong]} (row ${at}, token ${wrong})`,
        remedy: `write ${name} with these numbers only.`,
      });
    }
    return digits.join('');
  });
  return texts.every((text) => text === texts[0]) ? texts.slice(0, 1) : texts;
}

/** Where one of the digits stands, per row; a plain list where the rows share one text. */
export function positionsOf(texts: readonly string[], digits: string): readonly number[] | readonly (readonly number[])[] {
  const perRow = texts.map((text) => Array.from(text).flatMap((digit, at) => (digits.includes(digit) ? [at] : [])));
  return perRow.length === 1 ? (perRow[0] as readonly number[]) : perRow;
}

/** Hides the keys that are marked 0; nothing where none is. */
export function hidePadding(texts: readonly string[]): Mask | undefined {
  if (!texts.some((text) => text.includes('0'))) return undefined;
  const atTheEnd = texts.every((text) => !/0[^0]/.test(text));
  if (!atTheEnd) return keysAt(positionsOf(texts, '0')).not();
  return keyPadding({ lengths: texts.map((text) => (text.includes('0') ? text.indexOf('0') : text.length)) });
}
