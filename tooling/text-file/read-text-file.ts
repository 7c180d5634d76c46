import { type FileHandle, open, stat } from 'node:fs/promises';
import { FileError } from '@longspan/core-tensor/error';
import { kindOf } from './file-kind.ts';

export interface TextFileOptions {
  /** In whose name files are refused. */
  readonly caller: string;
  readonly leastBytes: number;
  readonly mostBytes: number;
  /** What one can do instead, as the end of a sentence: 'or leave the argument out to run on Moby-Dick.' */
  readonly instead: string;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Reads a text file that a user has named, and looks at its bytes as they come.
 * @param options.signal stops the reading; the promise is then rejected with its reason
 * @throws FileError for a file that is missing, not a regular file, unreadable, empty, binary, not UTF-8, too short or too long
 */
export async function readTextFile(path: string, { leastBytes, mostBytes, signal, ...how }: TextFileOptions): Promise<Uint8Array> {
  const refuse = refusalOf(path, { leastBytes, mostBytes, ...how });
  const bytes = await readBytes(path, { mostBytes, signal, refuse, check: textCheck(refuse) });
  if (bytes.length === 0) throw refuse('the text must have content.', ': 0 bytes', 'give a file with text in it,');
  if (bytes.length < leastBytes) {
    const rule = `the text must have at least ${count(leastBytes)} bytes.`;
    throw refuse(rule, `: ${count(bytes.length)} bytes`, 'give a longer text,');
  }
  return bytes;
}

const count = (value: number): string => value.toLocaleString('en');

/** Makes the error for a file; `got` goes on after its path. */
type Refusal = (problem: string, got: string, remedy: string) => FileError;

const refusalOf =
  (path: string, { caller, leastBytes, mostBytes, instead }: Omit<TextFileOptions, 'signal'>): Refusal =>
  (problem, got, remedy) =>
    new FileError({
      caller,
      problem,
      expected: `a UTF-8 text file of ${count(leastBytes)} to ${count(mostBytes)} bytes`,
      got: `${path}${got}`,
      remedy: `${remedy} ${instead}`,
    });

/** Bytes between two looks at the signal and at what the system sends. */
const step = 2 ** 16;

/** Reads a file step by step; `check` is told how many bytes are there, and at last that these are all. */
async function readBytes(
  path: string,
  {
    mostBytes,
    signal,
    refuse,
    check,
  }: {
    readonly mostBytes: number;
    readonly signal: AbortSignal | undefined;
    readonly refuse: Refusal;
    readonly check: (bytes: Uint8Array, from: number, isWhole: boolean) => void;
  },
): Promise<Uint8Array> {
  let file: FileHandle | undefined;
  try {
    // Asked before it is opened: opening a pipe waits for somebody to write to it.
    const kind = kindOf(await stat(path));
    if (kind === 'a directory') throw refuse('the text must be a file.', ', a directory', 'name one file in it,');
    if (kind !== undefined) throw refuse('the text must be a regular file.', `, ${kind}`, 'write what comes from it to a file first,');
    file = await open(path, 'r');
    const { size } = await file.stat();
    if (size > mostBytes) {
      const rule = `the text must have at most ${count(mostBytes)} bytes.`;
      throw refuse(rule, `: ${count(size)} bytes`, `take a part of it (head -c ${10 ** Math.floor(Math.log10(mostBytes))}),`);
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
      throw refuse('the file must exist.', ', where there is nothing', remedy);
    }
    throw refuse('the file must be readable.', ` (${code || String(error)})`, 'check its permissions,');
  } finally {
    await file?.close();
  }
}

/** Refuses bytes that are no plain UTF-8 text as they come, so that neither a whole file is read for it nor a second copy ever whole. */
function textCheck(refuse: Refusal): (bytes: Uint8Array, from: number, isWhole: boolean) => void {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  return (bytes, from, isWhole) => {
    const zero = bytes.indexOf(0, from);
    if (zero >= 0) {
      throw refuse('the text must be plain text.', `: a zero byte at offset ${count(zero)}`, 'give plain text,');
    }
    try {
      decoder.decode(bytes.subarray(from), { stream: !isWhole });
    } catch {
      const broken = firstInvalidIn(bytes, Math.max(0, from - longestCharacter));
      if (broken === undefined) {
        throw refuse(
          'the text must end with a whole character.',
          `: the first bytes of a character at the end, at offset ${count(startOfLast(bytes))}`,
          'copy or download it again, for it was cut off,',
        );
      }
      const shown = `0x${(bytes[broken] as number).toString(16).padStart(2, '0')}`;
      throw refuse(
        'the text must be UTF-8.',
        `: the byte ${shown} at offset ${count(broken)}, which no UTF-8 text has there`,
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
