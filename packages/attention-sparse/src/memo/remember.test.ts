import { expect, it } from 'vitest';
import { remember } from './remember.ts';

it('remember makes each text once, and forgets what was used longest ago', () => {
  const kept = remember<{ text: string }>(2);
  const make = (text: string) => kept(text, () => ({ text }));
  const [a, b] = [make('a'), make('b')];
  expect(make('a')).toBe(a);
  make('c');
  expect(make('a')).toBe(a);
  expect(make('b')).not.toBe(b);
});
