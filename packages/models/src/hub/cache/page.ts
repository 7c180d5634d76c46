// Cache Storage, which pages and workers of all browsers have. A file is kept in pieces, each of which is there whole or not at all, so that a
// page that is closed in the middle goes on from the last of them: a file of the origin's own file system is only kept when it is closed.
import type { ByteSource } from '@longspan/core-tensor';
import { ConfigError, FileError } from '@longspan/core-tensor/error';
import type { IncompleteBlob, RepositoryCache } from './repository-cache.ts';

/** Bytes of a piece: what a page that is closed loses at most. */
const pieceSize = 2 ** 23;

/** The header in which a piece says its bytes, so that they are counted without being read. */
const bytesHeader = 'x-bytes';

/** Opens what a page has kept of a repository. @param place the name of a cache of the origin: `longspan-hub` where it is left out */
export function openCache(place: string | undefined, repository: string): RepositoryCache {
  const name = place ?? 'longspan-hub';
  if (!('caches' in globalThis)) throw withoutStorage();
  // Keys are addresses; these are never fetched, and `.invalid` is nobody's.
  const address = (...parts: readonly string[]): string =>
    `https://hub.invalid/${[repository, ...parts].map((part) => part.split('/').map(encodeURIComponent).join('/')).join('/')}`;
  const cache = caches.open(name);
  const textOf = async (key: string): Promise<string | undefined> => (await (await cache).match(key))?.text();
  const setText = async (key: string, text: string): Promise<void> => (await cache).put(key, new Response(text));
  const sizesOf = async (hash: string): Promise<readonly number[] | undefined> => {
    const text = await textOf(address('blobs', hash));
    return text === undefined ? undefined : (JSON.parse(text) as readonly number[]);
  };
  const pieceOf = (hash: string, index: number): string => address('pieces', hash, `${index}`);
  const fileOf = (commit: string, file: string): string => address('snapshots', commit, file);
  return {
    where: `the cache ${name} of ${globalThis.origin}`,
    commitOf: (revision) => textOf(address('refs', revision)),
    setCommit: (revision, commit) => setText(address('refs', revision), commit),
    listing: (commit) => textOf(address('trees', commit)),
    setListing: (commit, json) => setText(address('trees', commit), json),
    async names(commit) {
      const start = fileOf(commit, '');
      const keys = (await (await cache).keys()).map(({ url }) => url).filter((url) => url.startsWith(start));
      return keys.map((url) => decodeURIComponent(url.slice(start.length))).sort();
    },
    async open(commit, file) {
      const hash = await textOf(fileOf(commit, file));
      const sizes = hash === undefined ? undefined : await sizesOf(hash);
      return sizes === undefined ? undefined : sourceOf(await cache, sizes, (index) => pieceOf(hash as string, index));
    },
    has: async (hash, size) => sum((await sizesOf(hash)) ?? [-1]) === size,
    link: (commit, file, hash) => setText(fileOf(commit, file), hash),
    incomplete: async (hash) =>
      incompleteOf(
        await cache,
        (index) => pieceOf(hash, index),
        (sizes) => setText(address('blobs', hash), JSON.stringify(sizes)),
      ),
    alone: (hash, signal, run) =>
      navigator.locks.request(`longspan ${name} ${address('blobs', hash)}`, signal === undefined ? {} : { signal }, () =>
        run(new AbortController().signal),
      ),
  };
}

const sum = (sizes: readonly number[]): number => sizes.reduce((all, size) => all + size, 0);

function sourceOf(cache: Cache, sizes: readonly number[], keyOf: (index: number) => string): ByteSource {
  return {
    size: sum(sizes),
    async read(begin, end) {
      const bytes = new Uint8Array(end - begin);
      let start = 0;
      for (const [index, size] of sizes.entries()) {
        const [from, to] = [Math.max(begin, start), Math.min(end, start + size)];
        if (from < to) {
          const piece = await (await cache.match(keyOf(index)))?.blob();
          if (piece?.size !== size) throw brokenPiece(size, piece?.size);
          bytes.set(new Uint8Array(await piece.slice(from - start, to - start).arrayBuffer()), from - begin);
        }
        start += size;
      }
      return bytes;
    },
  };
}

async function incompleteOf(
  cache: Cache,
  keyOf: (index: number) => string,
  write: (sizes: readonly number[]) => Promise<void>,
): Promise<IncompleteBlob> {
  const sizes: number[] = [];
  for (let piece = await cache.match(keyOf(0)); piece !== undefined; piece = await cache.match(keyOf(sizes.length))) {
    sizes.push(Number(piece.headers.get(bytesHeader)));
  }
  const waiting: Uint8Array<ArrayBuffer>[] = [];
  let waitingSize = 0;
  const flush = async (): Promise<void> => {
    if (waitingSize === 0) return;
    const [piece, size] = [new Blob(waiting), waitingSize];
    waiting.length = 0;
    waitingSize = 0;
    await cache.put(keyOf(sizes.length), new Response(piece, { headers: { [bytesHeader]: `${size}` } }));
    sizes.push(size);
  };
  return {
    size: () => sum(sizes) + waitingSize,
    async *bytes() {
      for (const index of sizes.keys()) {
        const piece = await cache.match(keyOf(index));
        if (piece !== undefined) yield new Uint8Array(await piece.arrayBuffer());
      }
      yield* waiting;
    },
    async append(bytes) {
      waiting.push(bytes);
      waitingSize += bytes.length;
      if (waitingSize >= pieceSize) await flush();
    },
    async clear() {
      waiting.length = 0;
      waitingSize = 0;
      // From the last: what is left by a page that is closed meanwhile still begins with the first.
      while (sizes.length > 0) {
        await cache.delete(keyOf(sizes.length - 1));
        sizes.pop();
      }
    },
    close: flush,
    async finish() {
      await flush();
      await write(sizes);
    },
  };
}

const withoutStorage = (): ConfigError =>
  new ConfigError({
    caller: 'hubFiles',
    problem: 'the page must be allowed to keep files.',
    expected: 'Cache Storage, which pages have on https and on localhost',
    got: `none on ${globalThis.origin}`,
    remedy: 'serve the page by https, or write cache: false to hold the files in memory.',
  });

const brokenPiece = (expected: number, got: number | undefined): FileError =>
  new FileError({
    caller: 'hubFiles',
    problem: 'what the page has kept of a file must be whole.',
    expected: `a piece of ${expected} bytes`,
    got: got === undefined ? 'none' : `${got} bytes`,
    remedy: "delete the site's data, or caches.delete('longspan-hub'), and load the model anew.",
  });
