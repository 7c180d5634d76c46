import { closeSync, fstatSync, openSync, readSync, type Stats, statSync } from 'node:fs';
import { basename } from 'node:path';
import { FileError } from '@longspan/core-tensor/error';
import { mobyDick } from './moby-dick.ts';
import type { Text, TextSource } from './text.ts';

/** Below this a tenth of the text is too little to evaluate a model on. */
const leastBytes = 16_384;
/** A hundred books: above it a run's processes, which hold the text each, would fill the memory. */
const mostBytes = 128 * 2 ** 20;

const expected = `a UTF-8 text file of ${leastBytes.toLocaleString('en')} to ${mostBytes.toLocaleString('en')} bytes`;
const orTheBook = 'or leave the argument out to run on Moby-Dick.';

/**
 * Reads the text of a run: the book, or any UTF-8 file.
 * @throws FileError for a file that is missing, not a regular file, unreadable, empty, binary, not UTF-8, too short or too long
 */
export function readText(source: TextSource): Text {
  if (source.kind === 'book') return mobyDick();
  const bytes = readBytes(source.path);
  const refuse = (problem: string, got: string, remedy: string): never => {
    throw new FileError({ caller: 'bench', problem, expected, got: `${source.path}: ${got}`, remedy });
  };
  if (bytes.length === 0) refuse('the text must have content.', '0 bytes', `give a file with text in it, ${orTheBook}`);
  const zero = bytes.indexOf(0);
  if (zero >= 0)
    refuse('the text must be plain text.', `a zero byte at offset ${zero.toLocaleString('en')}`, `give plain text, ${orTheBook}`);
  const broken = firstInvalid(bytes);
  if (broken !== undefined) {
    const shown = `0x${(bytes[broken] as number).toString(16).padStart(2, '0')}`;
    refuse(
      'the text must be UTF-8.',
      `the byte ${shown} at offset ${broken.toLocaleString('en')}, which no UTF-8 text has there`,
      `convert it (iconv -f latin1 -t utf-8 in.txt > out.txt, if it is Latin-1), ${orTheBook}`,
    );
  }
  if (bytes.length < leastBytes) {
    refuse(
      `the text must have at least ${leastBytes.toLocaleString('en')} bytes.`,
      `${bytes.length.toLocaleString('en')} bytes`,
      `give a longer text, ${orTheBook}`,
    );
  }
  return { name: basename(source.path), pieceName: 'pieces', pieces: cut(bytes) };
}

function readBytes(path: string): Uint8Array {
  const refuse = (problem: string, got: string, remedy: string): never => {
    throw new FileError({ caller: 'bench', problem, expected, got, remedy: `${remedy} ${orTheBook}` });
  };
  let file: number | undefined;
  try {
    // Asked before it is opened: opening a pipe waits for somebody to write to it.
    const kind = kindOf(statSync(path));
    if (kind === 'a directory') refuse('the text must be a file.', `${path}, a directory`, 'name one file in it,');
    if (kind !== undefined) refuse('the text must be a regular file.', `${path}, ${kind}`, 'write what comes from it to a file first,');
    file = openSync(path, 'r');
    const { size } = fstatSync(file);
    if (size > mostBytes) {
      const bytes = size.toLocaleString('en');
      refuse(
        `the text must have at most ${mostBytes.toLocaleString('en')} bytes.`,
        `${path}: ${bytes} bytes`,
        'take a part of it (head -c 100000000),',
      );
    }
    const bytes = new Uint8Array(size);
    return bytes.subarray(0, readSync(file, bytes));
  } catch (error) {
    if (error instanceof FileError) throw error;
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    if (code === 'ENOENT' || code === 'ENOTDIR') {
      const remedy = 'check the path; a relative one starts at the folder you stand in,';
      return refuse('the file must exist.', `${path}, where there is nothing`, remedy);
    }
    return refuse('the file must be readable.', `${path} (${code || String(error)})`, 'check its permissions,');
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

/** What a path leads to that is no regular file. */
function kindOf(stats: Stats): string | undefined {
  if (stats.isFile()) return undefined;
  if (stats.isDirectory()) return 'a directory';
  if (stats.isFIFO()) return 'a pipe';
  if (stats.isSocket()) return 'a socket';
  return 'a device';
}

/** The offset of the first byte that breaks UTF-8. The text is decoded piece by piece, so that no second copy of it is ever whole. */
function firstInvalid(bytes: Uint8Array): number | undefined {
  const step = 2 ** 16;
  const decoder = new TextDecoder('utf-8', { fatal: true });
  for (let from = 0; from < bytes.length; from += step) {
    try {
      decoder.decode(bytes.subarray(from, from + step), { stream: from + step < bytes.length });
    } catch {
      return firstInvalidIn(bytes.subarray(0, from + step), Math.max(0, from - longestCharacter));
    }
  }
  return undefined;
}

const longestCharacter = 4;

/** The same where the bytes before `valid` are known to be whole characters but for the last one, by halving. */
function firstInvalidIn(bytes: Uint8Array, valid: number): number {
  let start = valid;
  while (start < bytes.length && ((bytes[start] as number) & 0xc0) === 0x80) start++; // the rest of a character
  const accepts = (end: number, isWhole: boolean): boolean => {
    try {
      new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(start, end), { stream: !isWhole });
      return true;
    } catch {
      return false;
    }
  };
  let [good, bad] = [start, bytes.length];
  while (bad - good > 1) {
    const middle = (good + bad) >> 1;
    if (accepts(middle, false)) good = middle;
    else bad = middle;
  }
  return bad - 1;
}

const lineFeed = 10;

/** Pieces of about 8 KiB, at least twenty, each ending at the end of a line where one is near. */
function cut(bytes: Uint8Array): Uint8Array[] {
  const aim = Math.min(8192, Math.floor(bytes.length / 20));
  const pieces: Uint8Array[] = [];
  for (let start = 0; start < bytes.length; ) {
    const lineEnd = bytes.indexOf(lineFeed, start + aim);
    const near = lineEnd >= 0 && lineEnd < start + aim + 512;
    const end = Math.min(bytes.length, near ? lineEnd + 1 : start + aim);
    pieces.push(bytes.subarray(start, end));
    start = end;
  }
  return pieces;
}
