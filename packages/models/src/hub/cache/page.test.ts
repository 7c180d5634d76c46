import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { openCache } from './page.ts';
import type { RepositoryCache } from './repository-cache.ts';

/** Cache Storage as a page has it, as far as one cache is used; a page that is loaded anew sees the same. */
function storage(): Pick<CacheStorage, 'open'> {
  const kept = new Map<string, Response>();
  const cache: Pick<Cache, 'match' | 'put' | 'delete' | 'keys'> = {
    match: async (key) => kept.get(`${key}`)?.clone(),
    put: async (key, response) => void kept.set(`${key}`, new Response(await response.arrayBuffer(), { headers: response.headers })),
    delete: async (key) => kept.delete(`${key}`),
    keys: async () => [...kept.keys()].map((url) => new Request(url)),
  };
  return { open: async () => cache as Cache };
}

beforeEach(() => {
  vi.stubGlobal('caches', storage());
  vi.stubGlobal('origin', 'https://page.test');
});
afterEach(() => vi.unstubAllGlobals());

const open = (): RepositoryCache => openCache(undefined, 'org/tiny');
const bytes = (size: number, first: number): Uint8Array<ArrayBuffer> => Uint8Array.from({ length: size }, (_, at) => (first + at) % 251);

it('a file that came in parts, by pages that were closed in between, is read in ranges across its pieces', async () => {
  const parts = [bytes(10, 0), bytes(7, 10), bytes(2 ** 23, 17), bytes(5, (17 + 2 ** 23) % 251)];
  for (const part of parts.slice(0, 2)) {
    const begun = await open().incomplete('h');
    await begun.append(part);
    await begun.close();
  }
  const last = await open().incomplete('h');
  expect(last.size()).toBe(17);
  const seen: number[] = [];
  for await (const piece of last.bytes()) seen.push(...piece);
  expect(seen).toEqual([...bytes(17, 0)]);
  await last.append(parts[2] as Uint8Array<ArrayBuffer>); // a whole piece is kept at once
  expect((await open().incomplete('h')).size()).toBe(17 + 2 ** 23);
  await last.append(parts[3] as Uint8Array<ArrayBuffer>);
  expect(await open().has('h', 22 + 2 ** 23)).toBe(false);
  await last.finish();
  expect(await open().has('h', 22 + 2 ** 23)).toBe(true);
  await open().link('c', '1_Pooling/a b.bin', 'h');
  const source = await open().open('c', '1_Pooling/a b.bin');
  if (source === undefined || !('read' in source)) throw new Error('a page gives ranges');
  expect(source.size).toBe(22 + 2 ** 23);
  expect(await source.read(5, 30)).toEqual(bytes(25, 5));
  expect(await source.read(source.size - 8, source.size)).toEqual(bytes(8, (14 + 2 ** 23) % 251));
  expect(await open().names('c')).toEqual(['1_Pooling/a b.bin']);
  expect(await open().open('c', 'other')).toBeUndefined();
});

it('what is cleared is gone for the next page too', async () => {
  const begun = await open().incomplete('h');
  await begun.append(bytes(3, 0));
  await begun.close();
  await (await open().incomplete('h')).clear();
  expect((await open().incomplete('h')).size()).toBe(0);
});

it('branches and listings are kept', async () => {
  expect(await open().commitOf('refs/pr/1')).toBeUndefined();
  await open().setCommit('refs/pr/1', 'c');
  await open().setListing('c', '{}');
  expect([await open().commitOf('refs/pr/1'), await open().listing('c')]).toEqual(['c', '{}']);
});

it('a file of which a piece is gone is an error, and no other bytes', async () => {
  const begun = await open().incomplete('h');
  await begun.append(bytes(3, 0));
  await begun.finish();
  await open().link('c', 'a', 'h');
  const source = await open().open('c', 'a');
  await (await open().incomplete('h')).clear();
  if (source === undefined || !('read' in source)) throw new Error('a page gives ranges');
  await expect(source.read(0, 3)).rejects.toThrow('what the page has kept of a file must be whole.');
});

it('a page that may keep nothing is told of the way without a cache', () => {
  vi.unstubAllGlobals();
  vi.stubGlobal('origin', 'http://page.test');
  expect(open).toThrow('write cache: false to hold the files in memory.');
});
