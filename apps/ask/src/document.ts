import { createHash } from 'node:crypto';
import { realpathSync } from 'node:fs';
import { basename } from 'node:path';
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

export async function readMobyDick(): Promise<AskedDocument> {
  return { name: 'Moby-Dick', key: 'moby-dick', text: (await import('./moby-dick.ts')).mobyDick() };
}

/**
 * Reads a text file.
 * @throws FileError for a file that is missing, not a regular file, unreadable, without a word, binary, not UTF-8 or too long
 */
export async function readDocument(path: string, signal: AbortSignal): Promise<AskedDocument> {
  const instead = 'or leave the file out to ask Moby-Dick.';
  const bytes = await readTextFile(path, { caller: 'ask', leastBytes: 1, mostBytes, instead, signal });
  const text = new TextDecoder().decode(bytes);
  return { name: plainText(basename(path)), key: keyOf(realpathSync(path)), text };
}

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
