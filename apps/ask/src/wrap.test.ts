import { describe, expect, it } from 'vitest';
import { columnsOf, wrapped } from './wrap.ts';

describe('wrapped', () => {
  it('breaks between words, the first line after what is there already', () =>
    expect(wrapped('Call me Ishmael some years ago', { width: 12, first: 4, lines: 9 })).toEqual(['Call me', 'Ishmael some', 'years ago']));

  it('marks what is left out, within the width', () => {
    expect(wrapped('Call me Ishmael some years ago', { width: 12, lines: 2 })).toEqual(['Call me', 'Ishmael so …']);
    expect(wrapped('Call me', { width: 7, lines: 1 })).toEqual(['Call me']);
  });

  it('breaks a word that is longer than a line', () =>
    expect(wrapped('abcdefgh ij', { width: 5, lines: 9 })).toEqual(['abcde', 'fgh', 'ij']));

  it('counts wide signs twice and marks on letters not', () => {
    expect([columnsOf('白鯨'), columnsOf('e\u0301'), columnsOf('🐋')]).toEqual([4, 1, 2]);
    expect(wrapped('白鯨白鯨白', { width: 5, lines: 9 })).toEqual(['白鯨', '白鯨', '白']);
  });
});
