import type { IncompleteBlob, RepositoryCache } from './repository-cache.ts';

/** Keeps nothing beyond the objects that hold it: for pages that may not store, and for what is read once. */
export function memoryCache(): RepositoryCache {
  const commits = new Map<string, string>();
  const listings = new Map<string, string>();
  const blobs = new Map<string, Blob>();
  const parts = new Map<string, Uint8Array<ArrayBuffer>[]>();
  const names = new Map<string, Map<string, string>>();
  const of = (commit: string): Map<string, string> => {
    const known = names.get(commit) ?? new Map<string, string>();
    names.set(commit, known);
    return known;
  };
  return {
    where: 'memory',
    commitOf: async (revision) => commits.get(revision),
    setCommit: async (revision, commit) => {
      commits.set(revision, commit);
    },
    listing: async (commit) => listings.get(commit),
    setListing: async (commit, json) => {
      listings.set(commit, json);
    },
    names: async (commit) => [...of(commit).keys()],
    open: async (commit, name) => blobs.get(of(commit).get(name) ?? ''),
    has: async (hash, size) => blobs.get(hash)?.size === size,
    link: async (commit, name, hash) => {
      of(commit).set(name, hash);
    },
    incomplete: async (hash) => {
      const chunks = parts.get(hash) ?? [];
      parts.set(hash, chunks);
      return incompleteOf(chunks, () => {
        blobs.set(hash, new Blob(chunks));
        parts.delete(hash);
      });
    },
    alone: async (_hash, _signal, run) => run(new AbortController().signal), // each loader has a memory of its own
  };
}

const incompleteOf = (chunks: Uint8Array<ArrayBuffer>[], finish: () => void): IncompleteBlob => ({
  size: () => chunks.reduce((sum, chunk) => sum + chunk.length, 0),
  bytes: async function* () {
    yield* chunks;
  },
  append: async (bytes) => {
    chunks.push(bytes);
  },
  clear: async () => {
    chunks.length = 0;
  },
  close: async () => {},
  finish: async () => finish(),
});
