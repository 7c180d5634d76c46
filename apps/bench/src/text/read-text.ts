import { readFileSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import { FileError } from '@longspan/core-tensor/error';
import { mobyDick } from './moby-dick.ts';
import type { Text, TextSource } from './text.ts';

/** Below this a tenth of the text is too little to evaluate a model on. */
const leastBytes = 16_384;

const expected = `a UTF-8 text file of at least ${leastBytes.toLocaleString('en')} bytes`;
const orTheBook = 'or leave the argument out to run on Moby-Dick.';

/**
 * Reads the text of a run: the book, or any UTF-8 file.
 * @throws FileError for a file that is missing, a directory, unreadable, empty, binary, not UTF-8 or too short
 */
export function readText(source: TextSource): Text {
  if (source.kind === 'book') return mobyDick();
  const bytes = readBytes(source.path);
  const refuse = (problem: string, got: string, remedy: string): never => {
    throw new FileError({ caller: 'bench', problem, expected, got: `${source.path}: ${got}`, remedy });
  };
  if (bytes.length === 0) refuse('the text is empty.', '0 bytes', `give a file with text in it, ${orTheBook}`);
  const zero = bytes.indexOf(0);
  if (zero >= 0) refuse('the file is binary.', `a zero byte at offset ${zero.toLocaleString('en')}`, `give plain text, ${orTheBook}`);
  const broken = firstInvalid(bytes);
  if (broken !== undefined) {
    const shown = `0x${(bytes[broken] as number).toString(16).padStart(2, '0')}`;
    refuse(
      'the file is not UTF-8.',
      `the byte ${shown} at offset ${broken.toLocaleString('en')}, which no UTF-8 text has there`,
      `convert it (iconv -f latin1 -t utf-8 in.txt > out.txt, if it is Latin-1), ${orTheBook}`,
    );
  }
  if (bytes.length < leastBytes) {
    refuse('the text is too short.', `${bytes.length.toLocaleString('en')} bytes`, `give a longer text, ${orTheBook}`);
  }
  return { name: basename(source.path), pieceName: 'pieces', pieces: cut(bytes) };
}

function readBytes(path: string): Uint8Array {
  try {
    if (statSync(path).isDirectory()) {
      throw new FileError({
        caller: 'bench',
        problem: 'the text is a directory.',
        expected,
        got: `${path}, a directory`,
        remedy: `name one file in it, ${orTheBook}`,
      });
    }
    return readFileSync(path);
  } catch (error) {
    if (error instanceof FileError) throw error;
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    const missing = code === 'ENOENT' || code === 'ENOTDIR';
    throw new FileError({
      caller: 'bench',
      problem: missing ? 'the file does not exist.' : 'the file cannot be read.',
      expected,
      got: missing ? `${path}, where there is nothing` : `${path} (${code || String(error)})`,
      remedy: `${missing ? 'check the path; a relative one starts at the folder you stand in,' : 'check its permissions,'} ${orTheBook}`,
    });
  }
}

/** The offset of the first byte that breaks UTF-8, by halving: a prefix is valid where a streaming decoder takes it. */
function firstInvalid(bytes: Uint8Array): number | undefined {
  const accepts = (length: number): boolean => {
    try {
      new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(0, length), { stream: length < bytes.length });
      return true;
    } catch {
      return false;
    }
  };
  if (accepts(bytes.length)) return undefined;
  let [good, bad] = [0, bytes.length];
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
    const lineEnd = bytes.indexOf(lineFeed, start + aim);
    const near = lineEnd >= 0 && lineEnd < start + aim + 512;
    const end = Math.min(bytes.length, near ? lineEnd + 1 : start + aim);
    pieces.push(bytes.subarray(start, end));
    start = end;
  }
  return pieces;
}
