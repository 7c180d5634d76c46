import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { replaceFile, requireWritable } from './replace-file.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'longspan-report-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const message = (run: () => void): string => {
  try {
    run();
  } catch (error) {
    return String(error);
  }
  return 'no error';
};

describe('a file of a report', () => {
  it('is replaced whole, and nothing is left beside it', () => {
    const path = join(folder, 'deep', 'results.json');
    replaceFile(path, 'one');
    replaceFile(path, 'two');
    expect(readFileSync(path, 'utf8')).toBe('two');
    expect(readdirSync(join(folder, 'deep'))).toEqual(['results.json']);
  });

  it('is written aside under a name that no other process has', () => {
    const path = join(folder, 'results.json');
    for (const other of ['part', `${process.pid + 1}.part`]) mkdirSync(`${path}.${other}`); // in the way of whoever writes there
    replaceFile(path, 'mine');
    expect(readFileSync(path, 'utf8')).toBe('mine');
  });

  it('has its place tried before: a file in the way of its folder', () => {
    writeFileSync(join(folder, 'taken'), '');
    const path = join(folder, 'taken', 'results.json');
    expect(message(() => requireWritable(path))).toBe(`FileError: bench: the report must have a place to be written.
  expected  a folder that takes files
  got       ${path}: a part of the path is a file
  remedy    name a folder by --out; what was measured before is kept, and the same command with --resume goes on from there.`);
    expect(message(() => replaceFile(path, 'x'))).toContain('a part of the path is a file');
  });

  it('has its place tried before: a folder of its name', () => {
    mkdirSync(join(folder, 'results.json'));
    expect(message(() => requireWritable(join(folder, 'results.json')))).toContain('a directory has that name');
  });

  it('never takes the place of a pipe or a device, and of a link changes what it leads to', () => {
    const pipe = join(folder, 'pipe');
    execFileSync('/usr/bin/mkfifo', [pipe]);
    for (const run of [requireWritable, (path: string) => replaceFile(path, 'x')]) {
      expect(message(() => run(pipe))).toBe(`FileError: bench: the report must be written to regular files.
  expected  the name of a file, or of none yet
  got       ${pipe}: a pipe has that name
  remedy    name another file, and read it when the run has ended.`);
      expect(message(() => run('/dev/null'))).toContain('/dev/null: a device has that name');
    }
    expect(statSync(pipe).isFIFO()).toBe(true);
    const [link, file] = [join(folder, 'link.json'), join(folder, 'file.json')];
    writeFileSync(file, 'old');
    symlinkSync(file, link);
    requireWritable(link);
    replaceFile(link, 'new');
    expect([readFileSync(file, 'utf8'), lstatSync(link).isSymbolicLink()]).toEqual(['new', true]);
  });

  it.runIf(process.getuid?.() !== 0)('has its place tried before: a folder that may not be written', () => {
    chmodSync(folder, 0o500);
    expect(message(() => requireWritable(join(folder, 'results.json')))).toContain('you may not write there');
    expect(message(() => replaceFile(join(folder, 'results.json'), 'x'))).toContain('you may not write there');
    chmodSync(folder, 0o700);
  });

  // A device that refuses bytes as a full disk does, under the name of the file aside.
  it.runIf(existsSync('/dev/full'))('stays as it was on a full disk, with nothing left beside it', () => {
    const path = join(folder, 'results.json');
    const fill = (): void => symlinkSync('/dev/full', `${path}.${process.pid}.part`);
    const full = `FileError: bench: the report must have a place to be written.
  expected  a folder that takes files
  got       ${path}: the disk is full
  remedy    free space on it; what was measured before is kept, and the same command with --resume goes on from there.`;
    replaceFile(path, 'one');
    fill();
    expect(message(() => replaceFile(path, 'two'))).toBe(full);
    fill();
    expect(message(() => requireWritable(path))).toBe(full);
    expect(readFileSync(path, 'utf8')).toBe('one');
    expect(readdirSync(folder)).toEqual(['results.json']);
  });

  it.each([
    ['ENOSPC', 'the disk is full', 'free space on it'],
    ['EDQUOT', 'the quota is used up', 'free space'],
    ['EACCES', 'you may not write there', 'change its permissions, or name another folder by --out'],
    ['EPERM', 'you may not write there', 'change its permissions, or name another folder by --out'],
    ['EROFS', 'the file system is read-only', 'name another folder by --out'],
    ['EIO', 'EIO', 'make the path writable, or name another folder by --out'],
  ])('stays as it was where half of it is written and then %s comes, which is explained', (code, got, remedy) => {
    const path = join(folder, 'results.json');
    replaceFile(path, 'one');
    const write = (aside: string, text: string | Uint8Array): never => {
      writeFileSync(aside, text.slice(0, text.length / 2));
      throw Object.assign(new Error(`${code}: no`), { code });
    };
    const explained = `FileError: bench: the report must have a place to be written.
  expected  a folder that takes files
  got       ${path}: ${got}
  remedy    ${remedy}; what was measured before is kept, and the same command with --resume goes on from there.`;
    expect(message(() => replaceFile(path, 'two', write))).toBe(explained);
    expect(message(() => requireWritable(path, write))).toBe(explained);
    expect(readFileSync(path, 'utf8')).toBe('one');
    expect(readdirSync(folder)).toEqual(['results.json']);
  });
});

it('a place whose folder takes no folders is refused, not waited for', () => {
  expect(() => requireWritable('/proc/none of ours/report.html')).toThrow('bench: the report must have a place to be written.');
});
