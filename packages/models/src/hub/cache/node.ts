// The folder that the Python library of the hub keeps: what either of the two has fetched, the other finds.
import { copyFile, mkdir, open, readdir, readFile, rename, rm, stat, symlink, truncate, writeFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { getHFHubCachePath } from '@huggingface/hub';
import type { ByteSource } from '@longspan/core-tensor';
import { lock } from 'proper-lockfile';
import { pause } from '../pause.ts';
import type { IncompleteBlob, RepositoryCache } from './repository-cache.ts';

/**
 * Opens what a folder has of a repository; nothing is made before it is written. Files of others in it are left alone.
 * @param place the folder; where it is left out, as in Python: HF_HUB_CACHE, HF_HOME/hub or ~/.cache/huggingface/hub
 */
export function openCache(place: string | undefined, repository: string): RepositoryCache {
  const root = resolve(place ?? getHFHubCachePath());
  const folderName = ['models', ...repository.split('/')].join('--');
  const folder = join(root, folderName);
  const blobOf = (hash: string): string => join(folder, 'blobs', hash);
  const refOf = (revision: string): string => join(folder, 'refs', ...revision.split('/'));
  const snapshotOf = (commit: string): string => join(folder, 'snapshots', commit);
  const fileOf = (commit: string, name: string): string => join(snapshotOf(commit), ...name.split('/'));
  return {
    where: folder,
    commitOf: async (revision) => (await textOf(refOf(revision)))?.trim(),
    async setCommit(revision, commit) {
      if ((await textOf(refOf(revision))) !== commit) await replaceText(refOf(revision), commit);
    },
    listing: (commit) => textOf(join(folder, 'trees', `${commit}.json`)),
    setListing: (commit, json) => replaceText(join(folder, 'trees', `${commit}.json`), json),
    names: (commit) => filesBelow(snapshotOf(commit)),
    async open(commit, name) {
      const path = fileOf(commit, name);
      const size = await sizeOf(path);
      return size === undefined ? undefined : sourceOf(path, size);
    },
    has: async (hash, size) => (await sizeOf(blobOf(hash))) === size,
    link: (commit, name, hash) => link(blobOf(hash), fileOf(commit, name)),
    async incomplete(hash) {
      await mkdir(join(folder, 'blobs'), { recursive: true });
      return incompleteAt(blobOf(hash));
    },
    async alone(hash, signal, run) {
      const locks = join(root, '.locks', folderName);
      await mkdir(locks, { recursive: true });
      // Python locks the file `<hash>.lock`, by the system; ours is a folder, so it has another name. Neither needs the other's: each writes
      // aside and renames, and what was written is checked.
      return locked(join(locks, `${hash}.incomplete.lock`), signal, run);
    },
  };
}

const codeOf = (error: unknown): unknown => (error as { readonly code?: unknown } | null)?.code;

const absent: readonly unknown[] = ['ENOENT', 'ENOTDIR'];

async function orAbsent<Value>(reading: Promise<Value>): Promise<Value | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (absent.includes(codeOf(error))) return undefined;
    throw error;
  }
}

const textOf = (path: string): Promise<string | undefined> => orAbsent(readFile(path, 'utf8'));

async function sizeOf(path: string): Promise<number | undefined> {
  const found = await orAbsent(stat(path));
  return found?.isFile() ? found.size : undefined;
}

async function replaceText(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const aside = `${path}.${crypto.randomUUID()}.tmp`;
  try {
    await writeFile(aside, text, { flag: 'wx' });
    await rename(aside, path);
  } catch (error) {
    await rm(aside, { force: true });
    throw error;
  }
}

/** Most bytes of one read by Node. */
const mostRead = 2 ** 30;

const sourceOf = (path: string, size: number): ByteSource => ({
  size,
  async read(begin, end) {
    const bytes = new Uint8Array(end - begin);
    const file = await open(path);
    try {
      for (let at = 0; at < bytes.length; ) {
        const { bytesRead } = await file.read(bytes, at, Math.min(bytes.length - at, mostRead), begin + at);
        if (bytesRead === 0) return bytes.subarray(0, at); // the file has become shorter: whoever asked is told by the count
        at += bytesRead;
      }
    } finally {
      await file.close();
    }
    return bytes;
  },
});

/** Names of the files of a folder and those below it, with `/`. */
async function filesBelow(folder: string, before = ''): Promise<readonly string[]> {
  const entries = (await orAbsent(readdir(folder))) ?? [];
  const found = await Promise.all(
    entries.map(async (name) => {
      const path = join(folder, name);
      const kind = await orAbsent(stat(path)); // a link to what was removed names no file
      if (kind?.isDirectory()) return filesBelow(path, `${before}${name}/`);
      return kind?.isFile() ? [`${before}${name}`] : [];
    }),
  );
  return found.flat().sort();
}

const withoutLinks = (): boolean => ['1', 'ON', 'YES', 'TRUE'].includes((process.env['HF_HUB_DISABLE_SYMLINKS'] ?? '').toUpperCase());

/** Where links are not allowed the name gets bytes of its own, as in Python. */
async function link(blob: string, path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const aside = `${path}.${crypto.randomUUID()}.tmp`;
  try {
    if (withoutLinks()) await copyFile(blob, aside);
    else
      await symlink(relative(dirname(path), blob), aside).catch((error) =>
        mayNotLink(error) ? copyFile(blob, aside) : Promise.reject(error),
      );
    await rename(aside, path);
  } catch (error) {
    await rm(aside, { force: true });
    throw error;
  }
}

const mayNotLink = (error: unknown): boolean => ['EPERM', 'ENOSYS', 'ENOTSUP', 'EINVAL', 'UNKNOWN'].includes(String(codeOf(error)));

/** Bytes that are read at once of what an earlier run has left. */
const step = 2 ** 20;

async function incompleteAt(blob: string): Promise<IncompleteBlob> {
  const path = `${blob}.incomplete`;
  const file = await open(path, 'a+');
  let size = (await file.stat()).size;
  let closed = false;
  const close = async (): Promise<void> => {
    if (!closed) await file.close();
    closed = true;
  };
  return {
    size: () => size,
    async *bytes() {
      for (let at = 0; at < size; ) {
        const { bytesRead, buffer } = await file.read(new Uint8Array(Math.min(step, size - at)), 0, undefined, at);
        if (bytesRead === 0) return;
        yield buffer.subarray(0, bytesRead);
        at += bytesRead;
      }
    },
    async append(bytes) {
      for (let at = 0; at < bytes.length; ) {
        const { bytesWritten } = await file.write(bytes, at); // a disk that fills up may take a part
        size += bytesWritten;
        at += bytesWritten;
      }
    },
    async clear() {
      await truncate(path);
      size = 0;
    },
    close,
    async finish() {
      await file.sync();
      await close();
      await rename(path, blob);
    },
  };
}

/** Milliseconds without a sign of life after which a lock is taken for a dead process's; longer than a page of compute blocks the loop. */
const stale = 20_000;

/** Milliseconds between two looks at another's lock. */
const look = 100;

async function locked<Value>(path: string, signal: AbortSignal | undefined, run: (lost: AbortSignal) => Promise<Value>): Promise<Value> {
  const lost = new AbortController();
  const onCompromised = (error: Error): void => lost.abort(error);
  for (;;) {
    signal?.throwIfAborted();
    const release = await lock(path, { lockfilePath: path, realpath: false, stale, onCompromised }).catch((error) => {
      if (codeOf(error) !== 'ELOCKED') throw error;
    });
    if (release === undefined) {
      await pause(look, signal);
      continue;
    }
    try {
      return await run(lost.signal);
    } finally {
      await release().catch(() => {}); // it was another's already
    }
  }
}
