import { lstat, mkdir, readdir, readFile, readlink, rm, symlink, truncate, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ConfigError, FileError } from '@longspan/core-tensor/error';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hubFiles } from '../../src/hub/hub-files.ts';
import type { LoadProgress } from '../../src/hub/progress.ts';
import { draw, hashOf, type Place, place, text } from './loading.ts';
import { gitHash, sha256 } from './played-hub.ts';

const weights = draw(300_000, 1);
const files = { 'config.json': text('{}'), 'model.safetensors': weights, '1_Pooling/config.json': text('{"pooling":1}'), empty: text('') };

let here: Place;
let commit: string;
beforeEach(async () => {
  here = await place();
  commit = here.hub.push(files, ['model.safetensors']);
});
afterEach(() => here.remove());

const repository = (): string => join(here.folder, 'models--org--tiny');

it('every file that the hub has is opened with its bytes, and one that it has not is undefined', async () => {
  const loaded = await here.load();
  expect(await loaded.list?.()).toEqual(Object.keys(files));
  for (const [name, bytes] of Object.entries(files)) expect(await hashOf(await loaded.open(name))).toBe(sha256(bytes));
  expect(await loaded.open('pytorch_model.bin')).toBeUndefined();
  expect(loaded.where).toBe(`org/tiny at ${commit.slice(0, 7)} of ${new URL(here.hub.endpoint).host}`);
});

it('a file is read in ranges', async () => {
  const source = await (await here.load()).open('model.safetensors');
  expect(source?.size).toBe(weights.length);
  if (source === undefined || !('read' in source)) throw new Error('Node gives ranges');
  expect(sha256(new Uint8Array(await source.read(1000, 2000)))).toBe(sha256(weights.subarray(1000, 2000)));
});

it("the folder is that of the Python library: bytes under their hash, a commit's names as links, the branch, the listing", async () => {
  const loaded = await here.load();
  for (const name of Object.keys(files)) await loaded.open(name);
  const hashes = [
    sha256(weights),
    ...['config.json', '1_Pooling/config.json', 'empty'].map((name) => gitHash(files[name as keyof typeof files])),
  ];
  expect((await readdir(join(repository(), 'blobs'))).sort()).toEqual(hashes.sort());
  expect(await readFile(join(repository(), 'refs/main'), 'utf8')).toBe(commit);
  const snapshot = join(repository(), 'snapshots', commit);
  expect(await readlink(join(snapshot, 'model.safetensors'))).toBe(join('../../blobs', sha256(weights)));
  expect(await readlink(join(snapshot, '1_Pooling/config.json'))).toBe(join('../../../blobs', gitHash(files['1_Pooling/config.json'])));
  const listing = JSON.parse(await readFile(join(repository(), 'trees', `${commit}.json`), 'utf8')) as Record<string, unknown>;
  expect(listing['format_version']).toBe(1);
  expect((listing['files'] as Record<string, object>)['model.safetensors']).toMatchObject({
    lfs_sha256: sha256(weights),
    lfs_size: 300_000,
  });
  expect(await readdir(join(here.folder, '.locks/models--org--tiny'))).toEqual([]);
});

it('what is kept is not fetched again: one request for the branch, none for a commit', async () => {
  await (await here.load()).open('model.safetensors');
  here.hub.came.length = 0;
  expect(await hashOf(await (await here.load()).open('model.safetensors'))).toBe(sha256(weights));
  expect(here.hub.came.map(({ kind }) => kind)).toEqual(['revision']);
  here.hub.came.length = 0;
  const pinned = await here.load({ revision: commit });
  expect(await hashOf(await pinned.open('model.safetensors'))).toBe(sha256(weights));
  expect(await pinned.open('pytorch_model.bin')).toBeUndefined();
  expect(here.hub.came).toEqual([]);
});

it('what Python has fetched, without a listing, is taken as it is', async () => {
  const snapshot = join(repository(), 'snapshots', commit);
  await mkdir(join(repository(), 'blobs'), { recursive: true });
  await mkdir(snapshot, { recursive: true });
  await writeFile(join(repository(), 'blobs', sha256(weights)), weights);
  await symlink(join('../../blobs', sha256(weights)), join(snapshot, 'model.safetensors'));
  expect(await hashOf(await (await here.load({ revision: commit })).open('model.safetensors'))).toBe(sha256(weights));
  expect(here.hub.came).toEqual([]);
});

it('bytes that another commit has brought get a second name, and are not fetched', async () => {
  await (await here.load()).open('model.safetensors');
  here.hub.push({ 'renamed.safetensors': weights }, ['renamed.safetensors']);
  here.hub.came.length = 0;
  expect(await hashOf(await (await here.load()).open('renamed.safetensors'))).toBe(sha256(weights));
  expect(here.hub.came.map(({ kind }) => kind)).toEqual(['revision', 'tree']);
});

it('a kept file that was cut short is fetched anew', async () => {
  await (await here.load()).open('model.safetensors');
  await truncate(join(repository(), 'blobs', sha256(weights)), 1000);
  expect(await hashOf(await (await here.load()).open('model.safetensors'))).toBe(sha256(weights));
});

it('folders and files of others in the cache are left alone', async () => {
  const others = [
    'datasets--a--b/refs/main',
    'models--org--tiny/.no_exist/0/x.json',
    'models--org--tiny/blobs/0.1a2b.incomplete',
    'note.txt',
  ];
  for (const other of others) {
    await mkdir(join(here.folder, other, '..'), { recursive: true });
    await writeFile(join(here.folder, other), 'theirs');
  }
  await (await here.load()).open('model.safetensors');
  for (const other of others) expect(await readFile(join(here.folder, other), 'utf8')).toBe('theirs');
});

it('where links are not wanted the name has bytes of its own', async () => {
  process.env['HF_HUB_DISABLE_SYMLINKS'] = '1';
  try {
    expect(await hashOf(await (await here.load()).open('model.safetensors'))).toBe(sha256(weights));
    expect((await lstat(join(repository(), 'snapshots', commit, 'model.safetensors'))).isFile()).toBe(true);
  } finally {
    delete process.env['HF_HUB_DISABLE_SYMLINKS'];
  }
});

it('a load keeps to its commit while the branch moves on, and the next one sees the new', async () => {
  const before = await here.load();
  const newer = draw(200_000, 2);
  const moved = here.hub.push({ 'model.safetensors': newer }, ['model.safetensors']);
  expect(await hashOf(await before.open('model.safetensors'))).toBe(sha256(weights));
  expect(await hashOf(await (await here.load()).open('model.safetensors'))).toBe(sha256(newer));
  expect(await readFile(join(repository(), 'refs/main'), 'utf8')).toBe(moved);
});

it('the token goes to the endpoint and to no other origin', async () => {
  const loaded = await here.load({ token: 'hf_secret' });
  await loaded.open('model.safetensors');
  await loaded.open('config.json');
  const sentTo = here.hub.came.map(({ kind, authorization }) => [kind, authorization]);
  expect(sentTo.filter(([kind]) => kind === 'cdn')).toEqual([['cdn', undefined]]);
  expect(sentTo.filter(([kind]) => kind !== 'cdn').every(([, authorization]) => authorization === 'Bearer hf_secret')).toBe(true);
});

it('two who open one file at once fetch it once', async () => {
  const [one, other] = [await here.load(), await here.load()];
  const opened = await Promise.all([one.open('model.safetensors'), one.open('model.safetensors'), other.open('model.safetensors')]);
  for (const source of opened) expect(await hashOf(source)).toBe(sha256(weights));
  expect(here.hub.sent()).toBe(weights.length);
});

it('a lock that a process has left when it was killed is taken over, and what it fetched is gone on from', async () => {
  const blob = join(repository(), 'blobs', sha256(weights));
  await mkdir(join(repository(), 'blobs'), { recursive: true });
  await writeFile(`${blob}.incomplete`, weights.subarray(0, 1234));
  const lock = join(here.folder, '.locks/models--org--tiny', `${sha256(weights)}.incomplete.lock`);
  await mkdir(lock, { recursive: true });
  await utimes(lock, new Date(0), new Date(0));
  expect(await hashOf(await (await here.load()).open('model.safetensors'))).toBe(sha256(weights));
  expect(here.hub.came.at(-1)).toMatchObject({ kind: 'cdn', range: 'bytes=1234-' });
  await expect(lstat(`${blob}.incomplete`)).rejects.toThrow('ENOENT');
});

it('without a cache files are held in memory, and nothing is written', async () => {
  const loaded = await hubFiles('org/tiny', { endpoint: here.hub.endpoint, cache: false });
  for (const [name, bytes] of Object.entries(files)) expect(await hashOf(await loaded.open(name))).toBe(sha256(bytes));
  expect(await readdir(here.folder)).toEqual([]);
});

describe('offline', () => {
  it('a load reads what is kept, and says what is not', async () => {
    await (await here.load()).open('model.safetensors');
    here.hub.came.length = 0;
    const loaded = await here.load({ offline: true });
    expect(await hashOf(await loaded.open('model.safetensors'))).toBe(sha256(weights));
    expect(await loaded.list?.()).toEqual(['model.safetensors']);
    expect(await loaded.open('pytorch_model.bin')).toBeUndefined();
    await expect(loaded.open('config.json')).rejects.toThrow(
      new FileError({
        caller: 'hubFiles',
        problem: 'the cache must have every file that is read offline.',
        expected: `config.json, which org/tiny has at commit ${commit.slice(0, 7)}`,
        got: `none in ${repository()}`,
        remedy: 'load it once without offline.',
      }),
    );
    expect(here.hub.came).toEqual([]);
  });

  it('a revision that was never loaded is an error', async () => {
    await expect(here.load({ offline: true })).rejects.toThrow('the cache must have the revision, for it to be read offline.');
  });
});

describe('progress', () => {
  it('is told under the names of transformers.js, of each file and of all together', async () => {
    const events: LoadProgress[] = [];
    const loaded = await here.load({ files: ['config.json', 'model.safetensors', 'absent'], progress: (event) => events.push(event) });
    await loaded.open('config.json');
    expect(events).toEqual([
      { status: 'initiate', name: 'org/tiny', file: 'config.json' },
      { status: 'download', name: 'org/tiny', file: 'config.json' },
      ...[0, 2].flatMap((loadedBytes) => [
        { status: 'progress', name: 'org/tiny', file: 'config.json', loaded: loadedBytes, total: 2, progress: 50 * loadedBytes },
        {
          status: 'progress_total',
          name: 'org/tiny',
          loaded: loadedBytes,
          total: 300_002,
          progress: (100 * loadedBytes) / 300_002,
          files: { 'config.json': { loaded: loadedBytes, total: 2 }, 'model.safetensors': { loaded: 0, total: 300_000 } },
        },
      ]),
      { status: 'done', name: 'org/tiny', file: 'config.json' },
    ]);
    await loaded.open('model.safetensors');
    expect(events.at(-2)).toMatchObject({ status: 'progress_total', loaded: 300_002, total: 300_002, progress: 100 });
    const amounts = events.flatMap((event) => (event.status === 'progress' && event.file === 'model.safetensors' ? [event.loaded] : []));
    expect(amounts).toEqual([...amounts].sort((a, b) => a - b));
    expect(amounts.length).toBeGreaterThan(2);
  });

  it('of a kept file is its end, without a download', async () => {
    await (await here.load()).open('config.json');
    const events: LoadProgress[] = [];
    await (await here.load({ progress: (event) => events.push(event) })).open('config.json');
    expect(events.map(({ status }) => status)).toEqual(['initiate', 'progress', 'progress_total', 'done']);
  });
});

describe('what cannot be asked for is said', () => {
  it.each([
    ['../etc', 'the id must be that of a repository of the hub.'],
    ['org/tiny/more', 'the id must be that of a repository of the hub.'],
    ['a--b', 'the id must be that of a repository of the hub.'],
    ['org/..', 'the id must be that of a repository of the hub.'],
  ])('id %s', async (id, problem) => {
    await expect(hubFiles(id)).rejects.toThrow(`hubFiles: ${problem}`);
  });

  it.each([
    [{ revision: '../main' }, 'revision must be the name of a branch, a tag or a commit.'],
    [{ endpoint: 'huggingface.co' }, 'endpoint must be the address of a hub.'],
    [{ endpoint: 'https://me:secret@huggingface.co' }, 'endpoint must be the address of a hub.'],
    [{ token: 'hf_ secret' }, 'token must be one that a header can carry.'],
    [{ cache: true as never }, 'cache must be the name of a place, or false.'],
    [{ files: ['../x'] }, 'a file must be named by its path within the repository.'],
    [{ tokens: 'hf_x' } as object, 'every option must be one of those that hubFiles knows.'],
  ])('option %o', async (options, problem) => {
    const error = await hubFiles('org/tiny', options).catch((each) => each);
    expect(error).toBeInstanceOf(ConfigError);
    expect(error.message).toContain(problem);
    expect(error.message).not.toContain('secret');
  });

  it.each(['../secret', '/etc/passwd', 'a/../../b', 'a\\b', 'c:d', '', 'a//b', 'a\0b'])('file %j', async (name) => {
    await expect((await here.load()).open(name)).rejects.toThrow('a file must be named by its path within the repository.');
  });

  it('a name that leads out of the repository in what the hub lists is no file', async () => {
    here.hub.push({ '../../out.txt': text('x'), 'config.json': text('{}') });
    expect(await (await here.load()).list?.()).toEqual(['config.json']);
  });
});

it('a cache that may not be written still gives what it has', async () => {
  await (await here.load()).open('model.safetensors');
  await rm(join(repository(), 'refs'), { recursive: true });
  await writeFile(join(repository(), 'refs'), 'no folder'); // rights do not hold root back, this does
  expect(await hashOf(await (await here.load()).open('model.safetensors'))).toBe(sha256(weights));
});
