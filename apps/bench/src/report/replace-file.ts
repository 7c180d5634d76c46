import { accessSync, constants, realpathSync, renameSync, rmSync, type Stats, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { FileError } from '@longspan/core-tensor/error';
import { kindOf } from '@longspan/tooling/text-file';
import { makeFolder } from './make-folder.ts';

/** Writes a file whole; tests have disks that take none. */
type Write = (path: string, content: string | Uint8Array) => void;

/**
 * Writes a text, or bytes, aside and then renames it, so that whoever looks always finds a whole one; the file aside has a name of this process. Of a
 * link it is the file that the link leads to; what is no regular file is never replaced.
 * @throws FileError where that fails; what was there before is still there
 */
export function replaceFile(path: string, content: string | Uint8Array, write: Write = writeFileSync): void {
  const place = placeOf(path);
  const aside = `${place}.${process.pid}.part`;
  try {
    makeFolder(dirname(place));
    write(aside, content);
    renameSync(aside, place);
  } catch (error) {
    remove(aside);
    throw notWritten(path, error);
  }
}

/**
 * Makes the folder of a file and tries whether the file can be written there, before hours of work and not after.
 * @throws FileError where it cannot
 */
export function requireWritable(path: string, write: Write = writeFileSync): void {
  const place = placeOf(path);
  const aside = `${place}.${process.pid}.part`;
  try {
    makeFolder(dirname(place));
    accessSync(dirname(place), constants.W_OK);
    write(aside, 'x'.repeat(2 ** 20)); // a full disk takes a name, but no bytes
    rmSync(aside);
  } catch (error) {
    remove(aside);
    throw notWritten(path, error);
  }
}

/**
 * Where a file is: of a link, what it leads to.
 * @throws FileError where something stands there that is no regular file, which renaming would put an end to
 */
function placeOf(path: string): string {
  let stats: Stats | undefined;
  try {
    stats = statSync(path, { throwIfNoEntry: false });
  } catch (error) {
    throw notWritten(path, error);
  }
  if (stats === undefined) return path;
  const kind = kindOf(stats);
  if (kind === undefined) return realpathSync(path);
  throw new FileError({
    caller: 'bench',
    problem: 'the report must be written to regular files.',
    expected: 'the name of a file, or of none yet',
    got: `${path}: ${kind} has that name`,
    remedy: 'name another file, and read it when the run has ended.',
  });
}

/** What a failed write has left; where that cannot be taken away either, the first failure is the one to tell of. */
function remove(aside: string): void {
  try {
    rmSync(aside, { force: true });
  } catch {}
}

const reasons: Readonly<Record<string, readonly [got: string, remedy: string]>> = {
  ENOSPC: ['the disk is full', 'free space on it'],
  EDQUOT: ['the quota is used up', 'free space'],
  EACCES: ['you may not write there', 'change its permissions, or name another folder by --out'],
  EPERM: ['you may not write there', 'change its permissions, or name another folder by --out'],
  ENOENT: ['no folder can be made there', 'name another folder by --out'],
  EROFS: ['the file system is read-only', 'name another folder by --out'],
  ENOTDIR: ['a part of the path is a file', 'name a folder by --out'],
  EEXIST: ['a part of the path is a file', 'name a folder by --out'],
};

function notWritten(path: string, error: unknown): FileError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
  const [got, remedy] = reasons[code] ?? [code, 'make the path writable, or name another folder by --out'];
  return new FileError({
    caller: 'bench',
    problem: 'the report must have a place to be written.',
    expected: 'a folder that takes files',
    got: `${path}: ${got}`,
    remedy: `${remedy}; what was measured before is kept, and the same command with --resume goes on from there.`,
  });
}
