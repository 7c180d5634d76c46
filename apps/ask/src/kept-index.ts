import { accessSync, constants, mkdirSync } from 'node:fs';
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { FileError } from '@longspan/core-tensor/error';
import { type DocumentIndex, openIndex, saveIndex } from '@longspan/models/documents';
import { type AskedDocument, digest } from './document.ts';
import type { Encoder } from './encoder.ts';

/** Whose index it is, and where it lies. */
export interface IndexPlace {
  readonly folder: string;
  readonly document: Pick<AskedDocument, 'name' | 'key'>;
  readonly encoder: Pick<Encoder, 'hash' | 'model'>;
}

/** What was found of earlier runs. */
export interface Kept {
  readonly index: DocumentIndex | undefined;
  /** Files that should be an index and are none. */
  readonly damaged: readonly string[];
}

/** The name of an index says whose it is, by which model, and of which text: none is taken for another. */
const nameOf = ({ document, encoder }: IndexPlace, text: string): string => `${startOf({ document, encoder })}${digest(text)}.safetensors`;
const startOf = ({ document, encoder }: Pick<IndexPlace, 'document' | 'encoder'>): string => `${document.key}.use-lite-${encoder.hash}.`;

/** The path of the index of a text. */
export const pathOf = (place: IndexPlace, text: string): string => join(place.folder, nameOf(place, text));

/** The index of that document by that model, whatever the document held then; the one of this text where there are several. */
export async function openKept(place: IndexPlace, text: string): Promise<Kept> {
  const own = nameOf(place, text);
  const names = await namesIn(place);
  const damaged: string[] = [];
  for (const name of [...names.filter((each) => each === own), ...names.filter((each) => each !== own)]) {
    const path = join(place.folder, name);
    const index = await opened(path, place);
    if (index !== undefined && name === nameOf(place, index.text)) return { index, damaged };
    damaged.push(path);
  }
  return { index: undefined, damaged };
}

async function opened(path: string, { encoder }: IndexPlace): Promise<DocumentIndex | undefined> {
  try {
    return openIndex(await readFile(path), encoder.model);
  } catch (error) {
    if (error instanceof FileError || isOfSystem(error)) return undefined;
    throw error;
  }
}

/**
 * Makes the folder of indexes where there is none, before the text is read and not after.
 * @throws FileError where it cannot be made, or takes no files
 */
export function requirePlace({ folder }: Pick<IndexPlace, 'folder'>): void {
  try {
    mkdirSync(folder, { recursive: true });
    accessSync(folder, constants.W_OK);
  } catch (error) {
    throw notWritten(folder, error);
  }
}

/**
 * Keeps an index, and of others of the same document by the same model only that of the whole text, if it is there. A crash leaves the old ones
 * or the new one.
 * @param text of which the index holds all, or a beginning
 * @throws FileError where it cannot be written
 */
export async function keep(place: IndexPlace, index: DocumentIndex, text: string): Promise<void> {
  const names = [index.text, text].map((each) => nameOf(place, each));
  const path = join(place.folder, names[0] as string);
  try {
    await saveIndex(index, path);
    for (const name of await namesIn(place)) if (!names.includes(name)) await rm(join(place.folder, name), { force: true });
  } catch (error) {
    throw notWritten(path, error);
  }
}

const isOfSystem = (error: unknown): error is Error & { readonly code: unknown } => error instanceof Error && 'code' in error;

function notWritten(path: string, error: unknown): unknown {
  if (!isOfSystem(error)) return error;
  return new FileError(
    {
      caller: 'ask',
      problem: 'the index must have a place to be written.',
      expected: 'a folder that takes files, and some 25 bytes of disk for each of the text',
      got: `${path} (${String(error.code)})`,
      remedy: 'free space or change its permissions, or name another folder by --index.',
    },
    { cause: error },
  );
}

async function namesIn(place: IndexPlace): Promise<readonly string[]> {
  const start = startOf(place);
  try {
    return (await readdir(place.folder)).filter((name) => name.startsWith(start) && name.endsWith('.safetensors')).sort();
  } catch {
    return []; // none was made yet
  }
}
