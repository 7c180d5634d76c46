import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
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
    expect(message(() => requireWritable(join(folder, 'results.json')))).toContain('a folder has that name');
  });

  it.runIf(process.getuid?.() !== 0)('has its place tried before: a folder that may not be written', () => {
    chmodSync(folder, 0o500);
    expect(message(() => requireWritable(join(folder, 'results.json')))).toContain('you may not write there');
    chmodSync(folder, 0o700);
  });
});
