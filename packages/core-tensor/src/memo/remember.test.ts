import { expect, it } from 'vitest';
import { caches, clearCaches } from './caches.ts';
import { remember, rememberByIdentity } from './remember.ts';

it('remember makes each text once, and forgets what was used longest ago', () => {
  const kept = remember<{ text: string }>('test texts', 2);
  const make = (text: string) => kept(text, () => ({ text }));
  const [a, b] = [make('a'), make('b')];
  expect(make('a')).toBe(a);
  make('c');
  expect(make('a')).toBe(a);
  expect(make('b')).not.toBe(b);
});

it('rememberByIdentity makes one value for each object', () => {
  const kept = rememberByIdentity('test objects', ({ size }: { readonly size: number }) => ({ twice: 2 * size }));
  const [one, equal] = [{ size: 3 }, { size: 3 }];
  expect(kept(one)).toEqual({ twice: 6 });
  expect(kept(one)).toBe(kept(one));
  expect(kept(equal)).not.toBe(kept(one));
});

it('clearCaches makes all of them forget, each of which has a name', () => {
  const texts = remember<object>('test texts to clear');
  const objects = rememberByIdentity('test objects to clear', (of: object) => ({ of }));
  const key = {};
  const before = [texts('a', () => ({})), objects(key)];
  expect(caches().map(({ name }) => name)).toEqual(expect.arrayContaining(['test texts to clear', 'test objects to clear']));
  clearCaches();
  expect(texts('a', () => ({}))).not.toBe(before[0]);
  expect(objects(key)).not.toBe(before[1]);
});
