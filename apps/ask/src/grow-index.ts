import { createIndex, type DocumentIndex, type DocumentProgress, type TextModel, updateIndex } from '@longspan/models/documents';

/**
 * Tokens of a window: the encoder has learnt from texts of up to 128, and tells longer ones apart by their length more than by their words.
 * Those that neighbours have in common are read twice.
 */
const cut = { length: 128, overlap: 16, locale: 'en' } as const;

const usualPart = 2 ** 18;

/** How far the reading is, in characters of the whole text. */
export interface Reading {
  readonly done: number;
  readonly total: number;
}

export interface GrowOptions {
  /** The index of an earlier text, or of the beginning of this one. */
  readonly from: DocumentIndex | undefined;
  readonly progress: (reading: Reading) => void;
  readonly signal: AbortSignal;
  /** Is given each index that is whole: of the beginning of the text, in ever longer parts, and at last of all of it. */
  readonly take: (index: DocumentIndex) => Promise<void>;
  /** Characters that are read at the least before what was read is handed on; by default some 12 s on two cores. */
  readonly part?: number | undefined;
}

/**
 * Makes the index of a text part by part, so that whoever is interrupted goes on from the last part; of an edited text only the windows that
 * the edit touches are read.
 */
export async function growIndex(
  text: string,
  model: TextModel,
  { from, progress, signal, take, part: least = usualPart }: GrowOptions,
): Promise<DocumentIndex> {
  let index = from;
  while (index?.text !== text) {
    const read = index !== undefined && text.startsWith(index.text) ? index.text.length : 0;
    const isEdit = index !== undefined && read === 0;
    const end = isEdit ? text.length : endOfPart(text, read, least);
    const told = ({ stage, done, total }: DocumentProgress): void => {
      if (stage === 'read' && total > 0) progress({ done: read + (done / total) * (end - read), total: text.length });
    };
    const options = { progress: told, signal };
    const part = text.slice(0, end);
    index = index === undefined ? await createIndex(part, model, { ...cut, ...options }) : await updateIndex(index, part, options);
    await take(index);
  }
  return index;
}

/** Where the part after the one that was read ends: at a blank line, and a quarter further on at the least, for each part goes through all before it. */
function endOfPart(text: string, read: number, least: number): number {
  const aim = read + Math.max(least, Math.floor(read / 4));
  if (aim + least / 2 >= text.length) return text.length; // no small rest
  const blank = /\n[^\S\n]*\n/g;
  blank.lastIndex = aim;
  return blank.exec(text) === null ? text.length : blank.lastIndex;
}
