import { expect, it } from 'vitest';
import { plainText } from './plain-text.ts';

it('makes one line of a text, in which nothing steers a terminal', () => {
  expect(plainText(' a\r\n\tb\u00a0c\n')).toBe('a b c');
  expect(plainText('\u001b[31mred\u0007\u202eright to left')).toBe('\\u001b[31mred\\u0007\\u202eright to left');
});
