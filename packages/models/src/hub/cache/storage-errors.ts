import { type ErrorsOf, isExplained } from '@longspan/core-tensor/error';
import { messageOf } from '../answer-error.ts';
import type { IncompleteBlob, RepositoryCache } from './repository-cache.ts';

/** A cache whose failures say what to do: a full disk, a folder that may not be written. */
export function storageErrors(cache: RepositoryCache, errors: ErrorsOf): RepositoryCache {
  const told = async <Value>(work: Promise<Value>): Promise<Value> => {
    try {
      return await work;
    } catch (error) {
      throw isExplained(error) ? error : storageError(cache.where, errors, error);
    }
  };
  const toldOf = (blob: IncompleteBlob): IncompleteBlob => ({
    size: blob.size,
    async *bytes() {
      const bytes = blob.bytes()[Symbol.asyncIterator]();
      for (let next = await told(bytes.next()); next.done !== true; next = await told(bytes.next())) yield next.value;
    },
    append: (bytes) => told(blob.append(bytes)),
    clear: () => told(blob.clear()),
    close: () => told(blob.close()),
    finish: () => told(blob.finish()),
  });
  return {
    where: cache.where,
    commitOf: (revision) => told(cache.commitOf(revision)),
    setCommit: (revision, commit) => told(cache.setCommit(revision, commit)),
    listing: (commit) => told(cache.listing(commit)),
    setListing: (commit, json) => told(cache.setListing(commit, json)),
    names: (commit) => told(cache.names(commit)),
    open: (commit, name) => told(cache.open(commit, name)),
    has: (hash, size) => told(cache.has(hash, size)),
    link: (commit, name, hash) => told(cache.link(commit, name, hash)),
    incomplete: async (hash) => toldOf(await told(cache.incomplete(hash))),
    async alone(hash, signal, run) {
      let ran = false; // what fails in it is told where it fails
      try {
        return await cache.alone(hash, signal, (lost) => {
          ran = true;
          return run(lost);
        });
      } catch (error) {
        throw ran || signal?.aborted === true ? error : storageError(cache.where, errors, error);
      }
    },
  };
}

function storageError(where: string, errors: ErrorsOf, error: unknown): Error {
  const { code, name } = (typeof error === 'object' && error !== null ? error : {}) as { readonly code?: unknown; readonly name?: unknown };
  const kind = `${String(code)} ${String(name)}`;
  if (/ENOSPC|EDQUOT|QuotaExceededError/.test(kind)) {
    return errors.file({
      problem: 'there must be room for the files of the checkpoint.',
      expected: `free space for ${where}`,
      got: messageOf(error),
      remedy: 'free some, or give cache another place; what has come is kept there, and the next load goes on from it.',
    });
  }
  return errors.file({
    problem: 'the cache must be a place that can be read and written.',
    expected: `files in ${where}`,
    got: messageOf(error),
    remedy: 'check its rights, or give cache another place.',
  });
}
