import { accessSync, constants, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { FileError } from '@longspan/core-tensor/error';
import { makeFolder } from './make-folder.ts';

/** Writes a file whole; tests have disks that take none. */
type Write = (path: string, text: string) => void;

/**
 * Writes a text aside and then renames it, so that whoever looks always finds a whole one; the file aside has a name of this process.
 * @throws FileError where that fails; what was there before is still there
 */
export function replaceFile(path: string, text: string, write: Write = writeFileSync): void {
  const aside = `${path}.${process.pid}.part`;
  try {
    makeFolder(dirname(path));
    write(aside, text);
    renameSync(aside, path);
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
  const aside = `${path}.${process.pid}.part`;
  try {
    makeFolder(dirname(path));
    accessSync(dirname(path), constants.W_OK);
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === true) throw Object.assign(new Error(), { code: 'EISDIR' });
    write(aside, 'x'.repeat(2 ** 20)); // a full disk takes a name, but no bytes
    rmSync(aside);
  } catch (error) {
    remove(aside);
    throw notWritten(path, error);
  }
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
  EISDIR: ['a folder has that name', 'name another file'],
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
