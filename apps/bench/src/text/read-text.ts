import { type FileHandle, open, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { FileError } from '@longspan/core-tensor/error';
import { kindOf } from './file-kind.ts';
import type { Text, TextSource } from './text.ts';

/** Below this a tenth of the text is too little to evaluate a model on. */
const leastBytes = 16_384;
/** A hundred books: above it a run's processes, which hold the text each, would fill the memory. */
const mostBytes = 128 * 2 ** 20;

const expected = `a UTF-8 text file of ${leastBytes.toLocaleString('en')} to ${mostBytes.toLocaleString('en')} bytes`;
const orTheBook = 'or leave the argument out to run on Moby-Dick.';

/**
 * Reads the text of a run: the book, or any UTF-8 file.
 * @param signal stops the reading; the promise is then rejected with its reason
 * @throws FileError for a file that is missing, not a regular file, unreadable, empty, binary, not UTF-8, too short or too long
 */
export async function readText(source: TextSource, signal?: AbortSignal): Promise<Text> {
  if (source.kind === 'book') return (await import('./moby-dick.ts')).mobyDick();
  const { path } = source;
  const bytes = await readBytes(path, textCheck(path), signal);
  if (bytes.length === 0) throw refused(path, 'the text must have content.', '0 bytes', 'give a file with text in it,');
  if (bytes.length < leastBytes) {
    const rule = `the text must have at least ${leastBytes.toLocaleString('en')} bytes.`;
    throw refused(path, rule, `${bytes.length.toLocaleString('en')} bytes`, 'give a longer text,');
  }
  return { name: basename(path), pieceName: 'pieces', pieces: cut(bytes) };
}

const refused = (path: string, problem: string, got: string, remedy: string): FileError =>
  new FileError({ caller: 'bench', problem, expected, got: `${path}: ${got}`, remedy: `${remedy} ${orTheBook}` });

/** Bytes between two looks at the signal and at what the system sends. */
const step = 2 ** 16;

/** Reads a file step by step; `check` is told how many bytes are there, and at last that these are all. */
async function readBytes(
  path: string,
  check: (bytes: Uint8Array, from: number, isWhole: boolean) => void,
  signal: AbortSignal | undefined,
): Promise<Uint8Array> {
  const refuse = (problem: string, got: string, remedy: string): never => {
    throw new FileError({ caller: 'bench', problem, expected, got, remedy: `${remedy} ${orTheBook}` });
  };
  let file: FileHandle | undefined;
  try {
    // Asked before it is opened: opening a pipe waits for somebody to write to it.
    const kind = kindOf(await stat(path));
    if (kind === 'a directory') refuse('the text must be a file.', `${path}, a directory`, 'name one file in it,');
    if (kind !== undefined) refuse('the text must be a regular file.', `${path}, ${kind}`, 'write what comes from it to a file first,');
    file = await open(path, 'r');
    const { size } = await file.stat();
    if (size > mostBytes) {
      const rule = `the text must have at most ${mostBytes.toLocaleString('en')} bytes.`;
      throw refused(path, rule, `${size.toLocaleString('en')} bytes`, 'take a part of it (head -c 100000000),');
    }
    const bytes = new Uint8Array(size);
    let length = 0;
    for (let read = -1; read !== 0; length += read) {
      signal?.throwIfAborted();
      read = (await file.read(bytes, length, Math.min(step, size - length))).bytesRead;
      check(bytes.subarray(0, length + read), length, read === 0);
    }
    return bytes.subarray(0, length);
  } catch (error) {
    if (error instanceof FileError || signal?.aborted === true) throw error;
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    if (code === 'ENOENT' || code === 'ENOTDIR') {
      const remedy = 'check the path; a relative one starts at the folder you stand in,';
      return refuse('the file must exist.', `${path}, where there is nothing`, remedy);
    }
    return refuse('the file must be readable.', `${path} (${code || String(error)})`, 'check its permissions,');
  } finally {
    await file?.close();
  }
}

/** Refuses bytes that are no plain UTF-8 text as they come, so that neither a whole file is read for it nor a second copy ever whole. */
function textCheck(path: string): (bytes: Uint8Array, from: number, isWhole: boolean) => void {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  return (bytes, from, isWhole) => {
    const zero = bytes.indexOf(0, from);
    if (zero >= 0) {
      throw refused(path, 'the text must be plain text.', `a zero byte at offset ${zero.toLocaleString('en')}`, 'give plain text,');
    }
    try {
      decoder.decode(bytes.subarray(from), { stream: !isWhole });
    } catch {
      const broken = firstInvalidIn(bytes, Math.max(0, from - longestCharacter));
      if (broken === undefined) {
        throw refused(
          path,
          'the text must end with a whole character.',
          `the first bytes of a character at the end, at offset ${startOfLast(bytes).toLocaleString('en')}`,
          'copy or download it again, for it was cut off,',
        );
      }
      const shown = `0x${(bytes[broken] as number).toString(16).padStart(2, '0')}`;
      throw refused(
        path,
        'the text must be UTF-8.',
        `the byte ${shown} at offset ${broken.toLocaleString('en')}, which no UTF-8 text has there`,
        'convert it (iconv -f latin1 -t utf-8 in.txt > out.txt, if it is Latin-1),',
      );
    }
  };
}

const longestCharacter = 4;

/** Whether a byte is not the first of its character. */
const isRest = (byte: number | undefined): boolean => byte !== undefined && (byte & 0xc0) === 0x80;

/** The offset of the last character. */
function startOfLast(bytes: Uint8Array): number {
  let start = bytes.length - 1;
  while (start > 0 && isRest(bytes[start])) start--;
  return start;
}

/**
 * The offset of the first byte that breaks UTF-8, where the bytes before `valid` are known to be whole characters but for the last one;
 * undefined where none does, and only the last character is not whole. By halving.
 */
function firstInvalidIn(bytes: Uint8Array, valid: number): number | undefined {
  let start = valid;
  while (isRest(bytes[start])) start++;
  const accepts = (end: number): boolean => {
    try {
      new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(start, end), { stream: true });
      return true;
    } catch {
      return false;
    }
  };
  if (accepts(bytes.length)) return undefined;
  let [good, bad] = [start, bytes.length];
  while (bad - good > 1) {
    const middle = (good + bad) >> 1;
    if (accepts(middle)) good = middle;
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
    const toLineEnd = bytes.subarray(start + aim, start + aim + 512).indexOf(lineFeed); // no further: a line may be as long as the text
    const end = Math.min(bytes.length, start + aim + toLineEnd + 1); // + 0 where no line ends there
    pieces.push(bytes.subarray(start, end));
    start = end;
  }
  return pieces;
}
