import { expect, it } from 'vitest';
import { placeIn, streamedPart } from './streamed-part.ts';

it('begins a short text at its beginning, a long one a little into it, and a chosen place with a word', () => {
  expect(placeIn('a short text', 0)).toBe(0);
  const long = 'word '.repeat(40_000);
  expect(placeIn(long, 0)).toBe(6000);
  expect(placeIn('one two three', 2)).toBe(4);
  expect(placeIn('one two three', 1)).toBe(0);
  expect(placeIn('', 5)).toBe(0);
});

it('streams whole characters', () => {
  expect(new TextDecoder().decode(streamedPart('xäöü', 1, 5))).toBe('äö');
  expect(streamedPart('abc', 1, 9)).toEqual(Uint8Array.of(98, 99));
});
