import { statSync } from 'node:fs';
import { relative } from 'node:path';
import type { DocumentIndex } from '@longspan/models/documents';
import { bytes, count, duration, startProgress } from '@longspan/tooling/terminal';
import type { AskedDocument } from './document.ts';
import type { Encoder } from './encoder.ts';
import { growIndex, type Reading } from './grow-index.ts';
import { type IndexPlace, keep, openKept, pathOf, requirePlace } from './kept-index.ts';
import { counted } from './wording.ts';

export interface IndexOptions {
  readonly folder: string;
  /** Whether the text is read even where an index of it is kept. */
  readonly again: boolean;
}

export interface Listener {
  /** Is given whole sentences. */
  readonly tell: (text: string) => void;
  readonly progress: NodeJS.WriteStream;
  readonly signal: AbortSignal;
}

/** The index of a text: the one that is kept, or what is made of it, or of nothing, and kept. */
export async function indexOf(
  document: AskedDocument,
  encoder: Encoder,
  { folder, again }: IndexOptions,
  { tell, progress, signal }: Listener,
): Promise<DocumentIndex> {
  const place: IndexPlace = { folder, document, encoder };
  const { text, name } = document;
  const begin = performance.now();
  const seconds = (): string => duration((performance.now() - begin) / 1000);
  const { index: from, damaged } = again ? { index: undefined, damaged: [] } : await openKept(place, text);
  for (const path of damaged) tell(`${shown(path)} is no whole index, and the text is read again.`);
  if (from?.text === text) {
    tell(`${sizesOf(document, from)}. The kept index was opened in ${seconds()}; --again reads the text again.`);
    return from;
  }
  requirePlace(place);
  if (from !== undefined) tell(whatIsLeft(name, text, from.text));
  const line = startProgress(`Reading ${name}`, text.length, progress);
  let first: { readonly done: number; readonly at: number } | undefined;
  const told = ({ done }: Reading): void => {
    const at = performance.now() / 1000;
    first ??= { done, at };
    const rate = (done - first.done) / (at - first.at);
    line.update(done, rate > 0 ? `${count(rate)} characters a second, ${duration((text.length - done) / rate)} left` : '');
  };
  let windows = 0;
  const take = async (index: DocumentIndex): Promise<void> => {
    windows += index.read.length;
    await keep(place, index, text);
  };
  try {
    const index = await growIndex(text, encoder.model, { from, progress: told, signal, take });
    line.end();
    const path = pathOf(place, text);
    const read = `${counted(windows, 'window')} read by ${encoder.name} on ${counted(encoder.threads, 'thread')} in ${seconds()}`;
    const kept = `The index is kept in ${shown(path)} (${bytes(statSync(path).size)}), and nothing left this machine.`;
    tell(`${sizesOf(document, index)}: ${read}. ${kept}`);
    return index;
  } finally {
    line.end();
  }
}

const shown = (path: string): string => relative(process.env['INIT_CWD'] ?? process.cwd(), path);

const whatIsLeft = (name: string, text: string, read: string): string =>
  text.startsWith(read)
    ? `Of ${name} ${count(read.length)} characters are read already: it goes on from there.`
    : `${name} has changed since it was read: only what changed is read.`;

const sizesOf = ({ name, text }: AskedDocument, { embedding: { sections, paragraphs, sentences } }: DocumentIndex): string =>
  `${name}, ${count(text.length)} characters: ${counted(sections.count, 'section')}, ${counted(paragraphs.count, 'paragraph')}, ${counted(sentences.count, 'sentence')}`;
