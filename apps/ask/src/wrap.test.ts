import { expect, it } from 'vitest';
import { wrapped } from './wrap.ts';

it('marks what is left out, within the width', () => {
  expect(wrapped('Call me Ishmael some years ago', { width: 12, lines: 9 })).toEqual(['Call me', 'Ishmael some', 'years ago']);
  expect(wrapped('Call me Ishmael some years ago', { width: 12, lines: 2 })).toEqual(['Call me', 'Ishmael so …']);
  expect(wrapped('Call me Ishmael now', { width: 12, lines: 2 })).toEqual(['Call me', 'Ishmael now']);
  expect(wrapped('Call me', { width: 7, lines: 1 })).toEqual(['Call me']);
});

it('breaks words that are longer than a line, wide ones by their columns', () => {
  expect(wrapped('abcdefgh ij', { width: 5, lines: 9 })).toEqual(['abcde', 'fgh', 'ij']);
  expect(wrapped('白鯨白鯨白', { width: 5, lines: 9 })).toEqual(['白鯨', '白鯨', '白']);
});
