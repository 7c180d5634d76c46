import fc from 'fast-check';
import { expect, it } from 'vitest';
import { textRows } from './text-rows.ts';

const rowsOf = (text: string): readonly string[] => {
  const rows = textRows(text);
  return Array.from({ length: rows.length - 1 }, (_, at) => text.slice(rows[at], rows[at + 1]));
};

it('rows are paragraphs with their blank lines', () => {
  expect(rowsOf('One.\nstill one\n \n\n  Two.\n\nThree.')).toEqual(['One.\nstill one\n \n\n  ', 'Two.\n\n', 'Three.']);
  expect(rowsOf('')).toEqual([]);
});

it('long ones are cut after a sentence, at a blank, or within a word, and never within a character', () => {
  const sentence = 'The sea is late. ';
  expect(rowsOf(sentence.repeat(100)).every((row) => row.length <= 1200 && row.endsWith('. '))).toBe(true);
  expect(
    rowsOf('word '.repeat(400))
      .slice(0, -1)
      .every((row) => row.endsWith(' ')),
  ).toBe(true);
  expect(rowsOf('a'.repeat(2500)).map(({ length }) => length)).toEqual([1200, 1200, 100]);
  expect(rowsOf(`a${'😀'.repeat(1300)}`).every((row) => !/[\uD800-\uDBFF]$/.test(row))).toBe(true);
});

it('of any text the rows are the whole, and none is empty or long', () => {
  const anyText = fc
    .array(fc.constantFrom('a', ' ', '. ', '\n', '\n\n', '😀', 'word'.repeat(100)), { maxLength: 60 })
    .map((parts) => parts.join(''));
  fc.assert(
    fc.property(anyText, (text) => {
      const rows = rowsOf(text);
      expect(rows.join('')).toBe(text);
      for (const row of rows) expect(row.length > 0 && row.length <= 1200).toBe(true);
    }),
  );
});
