import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FileError } from '@longspan/core-tensor/error';
import { afterAll, expect, it } from 'vitest';
import { checkpointFolder } from './checkpoint-folder.ts';

const top = mkdtempSync(join(tmpdir(), 'checkpoints-'));
afterAll(() => rmSync(top, { recursive: true }));

const file = 'checkpoint.safetensors';

it('two writes at one time leave one of the two, whole', async () => {
  const folder = join(top, 'two');
  const store = checkpointFolder(folder);
  for (let round = 0; round < 20; round++) {
    const [a, b] = [new Uint8Array(500_000).fill(1), new Uint8Array(400_000).fill(2)];
    await Promise.all([store.write(a), store.write(b)]);
    const found = readFileSync(join(folder, file));
    expect([
      [1, 500_000],
      [2, 400_000],
    ]).toContainEqual([found[0], found.length]);
    expect(new Set(found).size).toBe(1);
  }
  expect(readdirSync(folder)).toEqual([file]);
});

it('what a killed run left aside is removed once it is old; what another writes is not', async () => {
  const folder = join(top, 'left');
  mkdirSync(folder);
  const [old, young, foreign] = [`${file}.old.part`, `${file}.young.part`, 'other.part'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  for (const path of [old, young, foreign]) writeFileSync(path, 'x');
  for (const path of [old, foreign]) utimesSync(path, new Date(0), new Date(0));
  await checkpointFolder(folder).write(Uint8Array.of(7));
  expect([old, young, foreign].map((path) => existsSync(path))).toEqual([false, true, true]);
  expect(await checkpointFolder(folder).read()).toEqual(Uint8Array.of(7));
});

it('a place that takes no file is an error of ours that says where, and nothing is left', async () => {
  const blocked = join(top, 'a-file');
  writeFileSync(blocked, '');
  for (const folder of [join(blocked, 'run'), blocked, 'a\0b', '/proc/there-is-none/run']) {
    const { read, write, prepare } = checkpointFolder(folder);
    for (const work of [() => write(Uint8Array.of(1)), () => prepare?.(1000)]) {
      const error: unknown = await Promise.resolve()
        .then(work)
        .then(undefined, (thrown) => thrown);
      expect(error).toBeInstanceOf(FileError);
      expect((error as FileError).message).toMatch(
        /^checkpointFolder: the checkpoint must (be writable|have a place to be written)[.]\n {2}expected {2}a folder/,
      );
    }
    if (!folder.startsWith('/proc')) await expect(read()).rejects.toThrow('checkpointFolder: the checkpoint must be readable.');
  }
  const fine = join(top, 'fine');
  await checkpointFolder(fine).prepare?.(1000);
  expect(readdirSync(fine)).toEqual([]);
  expect(await checkpointFolder(fine).read()).toBe(undefined);
});

it.skipIf(process.platform === 'win32')('a pipe in the place of a checkpoint is not waited for', async () => {
  const folder = join(top, 'pipe');
  mkdirSync(folder);
  execFileSync('mkfifo', [join(folder, 'checkpoint.safetensors')]);
  await expect(checkpointFolder(folder).read()).rejects.toThrow(/^checkpointFolder: the checkpoint must be readable[.]/);
});

it('a place may be tried by several at once', async () => {
  const { prepare } = checkpointFolder(join(top, 'tried'));
  await Promise.all(Array.from({ length: 20 }, () => prepare?.(1000)));
  expect(readdirSync(join(top, 'tried'))).toEqual([]);
});
