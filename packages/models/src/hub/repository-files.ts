import type { ByteSource } from '@longspan/core-tensor';
import { type ErrorsOf, isExplained, show } from '@longspan/core-tensor/error';
import { askCommit, askEntries } from '#hub-interface';
import type { CheckpointFiles } from '../pretrained/checkpoint-files.ts';
import { type Asked, messageOf, orOfFolder } from './answer-error.ts';
import type { RepositoryCache } from './cache/repository-cache.ts';
import { storageErrors } from './cache/storage-errors.ts';
import { conversionOf } from './conversion.ts';
import { download } from './download.ts';
import { isCommit, isFileName, isRepository } from './hub-names.ts';
import { type CheckedOptions, wrongName } from './hub-options.ts';
import { keptListing, type ListedFile, type Listing, readListing } from './listing.ts';
import { type Teller, teller } from './progress.ts';
import { requests, type World } from './requests.ts';

/** All that the files of one repository at one commit are read with. */
interface Repository {
  readonly id: string;
  readonly commit: string;
  readonly options: CheckedOptions;
  readonly errors: ErrorsOf;
  readonly world: World;
  readonly cache: RepositoryCache;
  readonly request: typeof fetch;
  readonly tell: Teller;
}

/** `hubFiles`, in any world and with any cache. */
export async function repositoryFiles(
  id: string,
  options: CheckedOptions,
  errors: ErrorsOf,
  world: World,
  cacheOf: (repository: string) => RepositoryCache,
): Promise<CheckpointFiles> {
  requireRepository(id, errors);
  const cache = storageErrors(cacheOf(id), errors);
  return filesAt({ id, options, errors, world, cache, tell: teller(id, options.progress) });
}

/** The files at the revision of the options. */
async function filesAt(all: Omit<Repository, 'commit' | 'request'>): Promise<CheckpointFiles> {
  const { id, options, errors, world, cache } = all;
  const { revision, endpoint, token, signal, offline } = options;
  const kept = isCommit(revision) ? revision : await cache.commitOf(revision);
  const asked: Asked = { endpoint, repository: id, revision, token: token !== undefined, kept: isCommit(kept) ? kept : undefined };
  const request = requests(asked, errors, world, { token, signal });
  const commit = isCommit(revision)
    ? revision
    : offline === true
      ? keptCommit(asked, cache, errors)
      : await commitNow(asked, requests({ ...asked, isFirst: true }, errors, world, { token, signal }), errors);
  // For the next load without a network; a cache that may only be read still serves.
  if (!isCommit(revision) && commit !== kept) await cache.setCommit(revision, commit).catch(() => {});
  const repository: Repository = { ...all, commit, request };
  const listing = once(() => listingOf(repository));
  for (const name of options.files) {
    const file = (await listing())?.get(name);
    if (file !== undefined) repository.tell.expect(name, file.size);
  }
  const opening = new Map<string, Promise<ByteSource | undefined>>();
  return {
    where: `${id} at ${commit.slice(0, 7)}${offline === true ? ` in ${cache.where}` : ` of ${new URL(endpoint).host}`}`,
    async list() {
      const listed = await listing();
      return options.offline === true || listed === undefined ? cache.names(commit) : [...listed.keys()];
    },
    open(name) {
      if (!isFileName(name)) return Promise.reject(wrongName(errors, name));
      const under = opening.get(name) ?? openFile(repository, listing, name).finally(() => opening.delete(name));
      opening.set(name, under);
      return under;
    },
    conversion: () =>
      conversionOf(repository, (commitOfIt) => filesAt({ ...all, options: { ...options, revision: commitOfIt, files: weightsAlone } })),
  };
}

/** What is opened of a conversion: its config is that of the commit that it is made of. */
const weightsAlone = ['model.safetensors'];

function requireRepository(id: unknown, errors: ErrorsOf): void {
  if (isRepository(id)) return;
  throw errors.config({
    problem: 'the id must be that of a repository of the hub.',
    expected: "'org/name', of letters, digits, '-', '_' and '.'",
    got: show(id),
    remedy: 'copy it from the head of its page.',
  });
}

/** The commit that a branch or tag has at this moment: whatever is pushed later, this load keeps to it. */
async function commitNow({ repository, revision, endpoint }: Asked, request: typeof fetch, errors: ErrorsOf): Promise<string> {
  const sha = await answered(errors, () => askCommit({ endpoint, repository, revision, request }));
  if (isCommit(sha)) return sha;
  throw errors.file({
    problem: 'the hub must say which commit a revision is.',
    expected: `a commit of 40 digits for ${revision}`,
    got: show(sha),
    remedy: 'check endpoint: it must be the address of a hub.',
  });
}

function keptCommit(asked: Asked, cache: RepositoryCache, errors: ErrorsOf): string {
  const { kept, repository, revision } = asked;
  if (kept !== undefined) return kept;
  const reason = {
    problem: 'the cache must have the revision, for it to be read offline.',
    expected: `a commit for ${revision} of ${repository}`,
    got: `none in ${cache.where}`,
    remedy: 'load it once without offline, or give the cache that has it.',
  };
  throw errors.file(orOfFolder(asked, reason));
}

/** The files of the commit: a commit never changes, so that what was kept stays true. Undefined where nobody can tell. */
async function listingOf({ id, commit, options, errors, cache, request }: Repository): Promise<Listing | undefined> {
  const kept = readListing(await cache.listing(commit));
  if (kept !== undefined || options.offline === true) return kept;
  const question = { endpoint: options.endpoint, repository: id, revision: commit, request };
  const entries = await answered(errors, () => askEntries(question));
  const text = keptListing(entries);
  await cache.setListing(commit, text).catch(() => {});
  return readListing(text);
}

/** What the hub says in JSON; a text of anyone else, or half of one, is told as such. */
async function answered<Value>(errors: ErrorsOf, ask: () => Promise<Value>): Promise<Value> {
  try {
    return await ask();
  } catch (error) {
    if (isExplained(error) || (error as { readonly name?: unknown } | null)?.name === 'AbortError') throw error;
    throw errors.file({
      problem: 'the hub must answer in JSON, as its interface has it.',
      expected: 'the commit and the files of a repository',
      got: messageOf(error),
      remedy: 'try again, and check endpoint, and any proxy or page of a network that wants a login first.',
    });
  }
}

async function openFile(
  repository: Repository,
  listing: () => Promise<Listing | undefined>,
  name: string,
): Promise<ByteSource | undefined> {
  const { commit, options, errors, cache, tell } = repository;
  options.signal?.throwIfAborted();
  const here = await cache.open(commit, name);
  const known = here !== undefined && isCommit(options.revision) ? readListing(await cache.listing(commit)) : await listing();
  const file = known?.get(name);
  // Another size than the hub's is what a run that was killed, or a full disk, has left of another program.
  if (here !== undefined && (file === undefined || file.size === here.size)) {
    tell.initiate(name);
    tell.loaded(name, here.size, here.size);
    tell.done(name);
    return here;
  }
  if (file === undefined) return undefined;
  if (options.offline === true) throw notKept(repository, name, errors);
  tell.initiate(name);
  await fetchFile(repository, name, file);
  tell.done(name);
  return cache.open(commit, name);
}

async function fetchFile(repository: Repository, name: string, file: ListedFile): Promise<void> {
  const { id, commit, options, errors, cache, request, world, tell } = repository;
  const path = name.split('/').map(encodeURIComponent).join('/');
  const loaded = (bytes: number): void => tell.loaded(name, bytes, file.size);
  await untilHeld(cache, file.hash, options.signal, async (signal) => {
    if (!(await cache.has(file.hash, file.size))) {
      tell.download(name);
      const blob = await cache.incomplete(file.hash);
      try {
        // The listing has said size and hash, so that nothing else needs to be asked of the hub first.
        const address = `${options.endpoint}/${id}/resolve/${commit}/${path}`;
        await download({ name, file, address, request, world, errors, loaded, signal }, blob);
      } finally {
        await blob.close();
      }
    } else loaded(file.size);
    await cache.link(commit, name, file.hash);
  });
}

/** Runs alone; once more where the lock was lost in between, as when the process was asleep for long. */
async function untilHeld(
  cache: RepositoryCache,
  hash: string,
  given: AbortSignal | undefined,
  run: (signal: AbortSignal) => Promise<void>,
): Promise<void> {
  for (let lost = true; lost; ) {
    lost = false;
    await cache.alone(hash, given, async (taken) => {
      try {
        await run(given === undefined ? taken : AbortSignal.any([given, taken]));
      } catch (error) {
        given?.throwIfAborted();
        if (!taken.aborted) throw error;
        lost = true;
      }
    });
  }
}

const notKept = ({ id, commit, cache }: Repository, name: string, errors: ErrorsOf): Error =>
  errors.file({
    problem: 'the cache must have every file that is read offline.',
    expected: `${name}, which ${id} has at commit ${commit.slice(0, 7)}`,
    got: `none in ${cache.where}`,
    remedy: 'load it once without offline.',
  });

/** What was asked once is known; what failed is asked again. */
function once<Value>(ask: () => Promise<Value>): () => Promise<Value> {
  let known: Promise<Value> | undefined;
  return () => {
    known ??= ask().catch((error) => {
      known = undefined;
      throw error;
    });
    return known;
  };
}
