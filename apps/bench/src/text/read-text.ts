import { basename } from 'node:path';
import { readTextFile } from '@longspan/tooling/text-file';
import type { Text, TextSource } from './text.ts';

/** Below this a tenth of the text is too little to evaluate a model on. */
const leastBytes = 16_384;
/** A hundred books: above it a run's processes, which hold the text each, would fill the memory. */
const mostBytes = 128 * 2 ** 20;

/**
 * Reads the text of a run: the book, or any UTF-8 file.
 * @param signal stops the reading; the promise is then rejected with its reason
 * @throws FileError for a file that is missing, not a regular file, unreadable, empty, binary, not UTF-8, too short or too long
 */
export async function readText(source: TextSource, signal?: AbortSignal): Promise<Text> {
  if (source.kind === 'book') return (await import('./moby-dick.ts')).mobyDick();
  const { path } = source;
  const instead = 'or leave the argument out to run on Moby-Dick.';
  const bytes = await readTextFile(path, { caller: 'bench', leastBytes, mostBytes, instead, signal });
  return { name: basename(path), pieceName: 'pieces', pieces: cut(bytes) };
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
