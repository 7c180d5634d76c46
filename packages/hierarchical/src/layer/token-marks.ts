import type { TokenMarks } from '@longspan/attention-sparse';
import { ConfigError, ShapeError } from '@longspan/core-tensor/error';

/**
 * Marks of tokens, checked: one small integer for each token of each batch row. Data of the host, as masks are made of them.
 * @param meanings what each number stands for, from 0
 */
export function checkedMarks(
  caller: string,
  name: string,
  marks: TokenMarks,
  { batch, length, meanings }: { readonly batch: number; readonly length: number; readonly meanings: readonly string[] },
): TokenMarks {
  const short = marks.findIndex((row) => row.length !== length);
  if (marks.length !== batch || short >= 0) {
    throw new ShapeError({
      caller,
      problem: `${name} does not fit.`,
      expected: `${batch} rows (batch) of ${length} numbers (tokens)`,
      got: marks.length !== batch ? `${marks.length} rows` : `row ${short} with ${marks[short]?.length} numbers`,
      remedy: `give ${name} one number for each token of each batch row.`,
    });
  }
  for (const [entry, row] of marks.entries()) {
    const wrong = Array.from(row).findIndex((mark) => meanings[mark] === undefined);
    if (wrong < 0) continue;
    throw new ConfigError({
      caller,
      problem: `${name} holds a number that means nothing.`,
      expected: meanings.map((meaning, mark) => `${mark} (${meaning})`).join(', '),
      got: `${row[wrong]} (row ${entry}, token ${wrong})`,
      remedy: `write ${name} with these numbers only.`,
    });
  }
  return marks;
}

/** The same mark for every token. */
export const sameMarks = (mark: number, { batch, length }: { readonly batch: number; readonly length: number }): TokenMarks =>
  Array.from({ length: batch }, () => new Uint8Array(length).fill(mark));

export const paddingMeanings: readonly string[] = ['padding', 'token'];
