import { createHash } from 'node:crypto';
import { realpathSync } from 'node:fs';
import { basename } from 'node:path';
import { FileError } from '@longspan/core-tensor/error';
import { readTextFile } from '@longspan/tooling/text-file';
import { plainText } from './plain-text.ts';

/** A text that is asked. */
export interface AskedDocument {
  /** As it is called to the user. */
  readonly name: string;
  /** As files are called that belong to it; the same for the same file, whatever it holds. */
  readonly key: string;
  readonly text: string;
}

/** Thirteen books: some 20 minutes to read on two cores, and a gigabyte of memory. */
export const mostBytes = 16 * 2 ** 20;

/**
 * Reads a text file; the book where there is no path.
 * @throws FileError for a file that is missing, not a regular file, unreadable, without a word, binary, not UTF-8 or too long
 */
export async function readDocument(path: string | undefined, signal: AbortSignal): Promise<AskedDocument> {
  if (path === undefined) return { name: 'Moby-Dick', key: 'moby-dick', text: (await import('./moby-dick.ts')).mobyDick() };
  const instead = 'or leave the file out to ask Moby-Dick.';
  const bytes = await readTextFile(path, { caller: 'ask', leastBytes: 1, mostBytes, instead, signal });
  const text = new TextDecoder().decode(bytes);
  if (text.trim() === '') throw blank(path, instead);
  return { name: plainText(basename(path)), key: keyOf(realpathSync(path)), text };
}

const blank = (path: string, instead: string): FileError =>
  new FileError({
    caller: 'ask',
    problem: 'the text must have words.',
    expected: 'a text file that is more than white space',
    got: path,
    remedy: `give a file with text in it, ${instead}`,
  });

/** What one can read of its name, and what tells it from files of that name elsewhere. */
function keyOf(path: string): string {
  const readable = basename(path)
    .toLowerCase()
    .replace(/[.][a-z0-9]+$/, '')
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
    .slice(0, 40);
  return `${readable === '' ? 'text' : readable}-${digest(path)}`;
}

/** The first 8 digits of a text's SHA-256. */
export const digest = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 8);
