import { mkdir, readdir, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FileError } from '@longspan/core-tensor/error';
import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RepositoryCache } from '../../src/hub/cache/repository-cache.ts';
import { draw, hashOf, type Place, place, text } from './loading.ts';
import { type Fault, sha256 } from './played-hub.ts';

const weights = draw(200_000, 7);
const name = 'model.safetensors';

let here: Place;
let commit: string;
beforeEach(async () => {
  here = await place();
  commit = here.hub.push({ 'config.json': text('{"a":1}'), [name]: weights }, [name]);
});
afterEach(() => here.remove());

const blob = (): string => join(here.folder, 'models--org--tiny/blobs', sha256(weights));
const ranges = (): readonly (string | undefined)[] => here.hub.came.filter(({ kind }) => kind === 'cdn').map(({ range }) => range);
const fetched = async (): Promise<string | undefined> => hashOf(await (await here.load()).open(name));
const failure = async (): Promise<Error> =>
  fetched().then(
    () => Promise.reject(new Error('a file came')),
    (error: Error) => error,
  );
const isThere = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

/** Of the first connections to the CDN, one after another; none of those that follow. */
const onCdn = (...faults: readonly Fault[]): void => {
  here.hub.fault = ({ kind }, earlier) => (kind === 'cdn' ? faults[earlier] : undefined);
};

describe('a connection that breaks', () => {
  it('anywhere, as often as bytes come, goes on at the byte where it broke', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 80_000 }), { minLength: 1, maxLength: 12 }), async (breaks) => {
        const each = await place();
        try {
          each.hub.push({ [name]: weights }, [name]);
          each.hub.fault = ({ kind }, earlier) =>
            kind === 'cdn' && breaks[earlier] ? { breakAfter: breaks[earlier] as number } : undefined;
          expect(await hashOf(await (await each.load()).open(name))).toBe(sha256(weights));
          const begins = each.hub.came.flatMap(({ kind, range }) => (kind === 'cdn' ? [Number(/\d+/.exec(range ?? '')?.[0])] : []));
          expect(begins).toEqual([...begins].sort((a, b) => a - b));
          expect(begins[0]).toBe(0);
        } finally {
          await each.remove();
        }
      }),
      { seed: 16, numRuns: 12 },
    );
  });

  it('without one byte more, five times, is an error that says how far it came, and the next load goes on from there', async () => {
    onCdn({ breakAfter: 1000 }, ...Array<Fault>(5).fill({ breakAfter: 0 }));
    const error = await failure();
    expect(error).toBeInstanceOf(FileError);
    expect(error.message).toMatch(
      /^hubFiles: the connection must hold until a file is here\.\n {2}expected {2}model\.safetensors: 200000 bytes\n {2}got {7}1000, then 5 connections without one more: /,
    );
    expect(here.waits).toEqual([1000, 2000, 4000, 8000, 16_000]);
    here.hub.came.length = 0;
    here.hub.fault = () => undefined;
    expect(await fetched()).toBe(sha256(weights));
    expect(ranges()).toEqual(['bytes=1000-']);
  });

  it('by falling silent is given up and taken up again', async () => {
    onCdn({ silentAfter: 5000 });
    expect(await fetched()).toBe(sha256(weights));
    expect(ranges()).toEqual(['bytes=0-', 'bytes=5000-']);
  });

  it('to a server without ranges begins anew', async () => {
    onCdn({ breakAfter: 5000 }, { withoutRanges: true });
    expect(await fetched()).toBe(sha256(weights));
  });
});

describe('what an earlier run has left', () => {
  const left = async (bytes: Uint8Array): Promise<void> => {
    await mkdir(join(blob(), '..'), { recursive: true });
    await writeFile(`${blob()}.incomplete`, bytes);
  };

  it.each([
    ['in part', weights.subarray(0, 77_777), ['bytes=77777-']],
    ['whole', weights, []],
    ['too long', draw(200_001, 7), ['bytes=0-']],
    ['of other bytes', draw(77_777, 8), ['bytes=77777-', 'bytes=0-']],
    ['whole, of other bytes', draw(200_000, 8), ['bytes=0-']],
  ])('%s becomes the right file', async (_, bytes, asked) => {
    await left(bytes);
    expect(await fetched()).toBe(sha256(weights));
    expect(ranges()).toEqual(asked);
    expect(await readdir(join(blob(), '..'))).toEqual([sha256(weights)]);
  });
});

describe('wrong bytes', () => {
  const seeds = [3, 4, 5];

  it.each(seeds)('once are fetched anew (seed %i)', async (seed) => {
    onCdn({ wrongAt: (draw(4, seed)[0] as number) * 700 });
    expect(await fetched()).toBe(sha256(weights));
    expect(ranges()).toEqual(['bytes=0-', 'bytes=0-']);
  });

  it('twice are an error, and nothing is kept', async () => {
    onCdn({ wrongAt: 100_000 }, { wrongAt: 100_000 });
    const error = await failure();
    expect(error).toBeInstanceOf(FileError);
    const wrong = weights.slice();
    wrong[100_000] = (wrong[100_000] as number) ^ 1;
    expect(error.message).toContain(
      `hubFiles: the bytes that came must be those that the hub lists.\n` +
        `  expected  model.safetensors: 200000 bytes, SHA-256 ${sha256(weights)}\n` +
        `  got       ${sha256(wrong)}, twice, from ${here.hub.endpoint}/org/tiny/resolve/${commit}/model.safetensors\n`,
    );
    expect(await isThere(blob())).toBe(false);
    expect((await stat(`${blob()}.incomplete`)).size).toBe(0);
    expect(await fetched()).toBe(sha256(weights));
  });

  it('of a file that lies in git are found by its own hash', async () => {
    here.hub.fault = ({ kind }) => (kind === 'resolve' ? { wrongAt: 3 } : undefined);
    await expect((await here.load()).open('config.json')).rejects.toThrow("expected  config.json: 7 bytes, git's SHA-1");
  });

  it('beyond the end are an error', async () => {
    onCdn({ surplus: 3 }, { surplus: 3 });
    expect((await failure()).message).toContain('3 bytes more, twice');
  });

  it('of another range than was asked for are an error', async () => {
    onCdn({ breakAfter: 1000 });
    const given = here.hub.fault;
    here.hub.fault = (came, earlier) => {
      if (came.kind === 'cdn' && earlier === 1) return { status: 206, headers: { 'content-range': 'bytes 5-9/200000' }, text: 'xxxxx' };
      return given(came, earlier);
    };
    expect((await failure()).message).toContain('the server must send the bytes that it is asked for.');
  });
});

describe('a refusal', () => {
  const on = (kind: string, fault: Fault): void => {
    here.hub.fault = (came) => (came.kind === kind ? fault : undefined);
  };

  it.each([
    [401, {}, 'the hub must know the repository, and let it be read.', 'if it is private, give token (hf_…)'],
    [404, { 'x-error-code': 'RepoNotFound' }, 'the hub must know the repository, and let it be read.', 'check the spelling at'],
    [403, { 'x-error-code': 'GatedRepo' }, 'the account must have been given access to the repository.', 'accept its conditions'],
    [401, { 'x-error-code': 'GatedRepo' }, 'the account must have been given access to the repository.', 'give token (hf_…)'],
    [404, { 'x-error-code': 'RevisionNotFound' }, 'the revision must be one of the repository.', 'look main up under'],
    [400, {}, 'the hub must answer with what it was asked for.', 'check endpoint'],
  ])('with status %i %o says what to do, at once', async (status, headers, problem, remedy) => {
    on('revision', { status, headers });
    const error = await failure();
    expect(error).toBeInstanceOf(FileError);
    expect(error.message).toContain(`hubFiles: ${problem}`);
    expect(error.message).toContain(remedy);
    expect(here.waits).toEqual([]);
  });

  it('of a name that it does not know tells that no folder has it either', async () => {
    on('revision', { status: 404 });
    const { message } = await failure();
    expect(message).toMatch(/got {7}404 .*; there is no folder org\/tiny here, so it was taken for an id of the hub\n/);
    expect(message).toMatch(/If a folder was meant, check its path, .* \(in a page: '[.]\/org\/tiny'\)[.]$/);
    on('tree', { status: 404 });
    expect((await failure()).message).not.toContain('folder'); // by then the hub knows it
  });

  it('of a file, by the CDN too, is an error', async () => {
    on('cdn', { status: 403, text: 'signature expired' });
    const { message } = await failure();
    expect(message).toContain('the store to which the hub leads must give the file.');
    expect(message).toMatch(/got {7}403 from http:.*model\.safetensors\n/);
  });

  it('for a while is waited for, as long as it says', async () => {
    const faults: Fault[] = [
      { status: 429, headers: { 'retry-after': '3' } },
      { status: 503 },
      { status: 503, headers: { 'retry-after': '0' } },
    ];
    here.hub.fault = ({ kind }, earlier) => (kind === 'resolve' ? faults[earlier] : undefined);
    expect(await fetched()).toBe(sha256(weights));
    expect(here.waits).toEqual([3000, 2000, 0]);
  });

  it('for an hour is an error that says so', async () => {
    on('tree', { status: 429, headers: { 'retry-after': '3600' } });
    const { message } = await failure();
    expect(message).toContain('the hub must be asked less often.');
    expect(message).toContain('try again after 3600 seconds');
    expect(here.waits).toEqual([]);
  });

  it('for ever is an error, which names what the cache has', async () => {
    await fetched();
    on('revision', { status: 503 });
    const { message } = await failure();
    expect(message).toContain(', 5 times');
    expect(message).toContain(`offline: true to go on with what the cache has (commit ${commit.slice(0, 7)})`);
    expect(here.waits).toEqual([1000, 2000, 4000, 8000]);
  });

  it('in HTML, as the page of a network that wants a login, is told as such', async () => {
    on('revision', { status: 200, headers: { 'content-type': 'text/html' }, text: '<html>' });
    expect((await failure()).message).toContain('the hub must answer in JSON, as its interface has it.');
  });

  it('by nobody: the network is down', async () => {
    await here.hub.close();
    const { message } = await failure();
    expect(message).toContain('the hub must be within reach.');
    expect(message).toMatch(/ECONNREFUSED.*; there is no folder org\/tiny here, so it was taken for an id of the hub\n/);
    expect(message).toContain('If a folder was meant, check its path');
  });
});

describe('a signal', () => {
  it('stops within a chunk and keeps what came; the next load goes on from there', async () => {
    onCdn({ silentAfter: 60_000 });
    const stop = new AbortController();
    const reason = new Error('enough');
    const loaded = await here.load({
      signal: stop.signal,
      progress: (event) => event.status === 'progress' && event.loaded === 60_000 && stop.abort(reason),
    });
    await expect(loaded.open(name)).rejects.toBe(reason);
    expect((await stat(`${blob()}.incomplete`)).size).toBe(60_000);
    expect(await readdir(join(here.folder, '.locks/models--org--tiny'))).toEqual([]);
    expect(await fetched()).toBe(sha256(weights));
    expect(ranges()).toEqual(['bytes=0-', 'bytes=60000-']);
  });

  it('ends the wait for the lock of another', async () => {
    await mkdir(join(here.folder, '.locks/models--org--tiny', `${sha256(weights)}.incomplete.lock`), { recursive: true });
    const stop = new AbortController();
    const opening = (await here.load({ signal: stop.signal, progress: () => stop.abort(new Error('enough')) })).open(name);
    await expect(opening).rejects.toThrow('enough');
  });

  it('that came before is heeded', async () => {
    await expect(here.load({ signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow('enough');
  });
});

describe('a full disk', () => {
  const room = 'hubFiles: there must be room for the files of the checkpoint.';

  it('is told, and what came before is gone on from', async () => {
    let free = 50_000;
    const small = (cache: RepositoryCache): RepositoryCache => ({
      ...cache,
      async incomplete(hash) {
        const whole = await cache.incomplete(hash);
        const append = async (bytes: Uint8Array<ArrayBuffer>): Promise<void> => {
          await whole.append(bytes.subarray(0, free));
          free -= Math.min(free, bytes.length);
          if (free === 0) throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
        };
        return { ...whole, append };
      },
    });
    await expect((await here.load({}, small)).open(name)).rejects.toThrow(room);
    expect((await stat(`${blob()}.incomplete`)).size).toBe(50_000);
    expect(await isThere(blob())).toBe(false);
    expect(await fetched()).toBe(sha256(weights));
    expect(ranges()).toEqual(['bytes=0-', 'bytes=50000-']);
  });

  it.runIf(process.platform === 'linux')('of the system itself is told', async () => {
    await mkdir(join(blob(), '..'), { recursive: true });
    await symlink('/dev/full', `${blob()}.incomplete`);
    expect((await failure()).message).toContain(room);
  });
});

it('a folder that cannot be made is an error that names it', async () => {
  await writeFile(join(here.folder, 'models--org--tiny'), 'a file');
  const { message } = await failure();
  expect(message).toContain('the cache must be a place that can be read and written.');
  expect(message).toContain(join(here.folder, 'models--org--tiny'));
});

it('a lock that another has taken meanwhile is waited for once more', async () => {
  let times = 0;
  const losing = (cache: RepositoryCache): RepositoryCache => ({
    ...cache,
    alone: (hash, signal, run) =>
      cache.alone(hash, signal, (lost) => {
        times++;
        return run(times === 1 ? AbortSignal.abort(new Error('lost')) : lost);
      }),
  });
  expect(await hashOf(await (await here.load({}, losing)).open(name))).toBe(sha256(weights));
  expect(times).toBe(2);
});
