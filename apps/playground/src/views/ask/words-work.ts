import { indexWords, type WordIndex } from '@longspan/models/documents';
import { find } from './finding.ts';
import type { AskedText, Found, Question } from './passages.ts';

let held: { readonly key: string; readonly index: Promise<WordIndex> } | undefined;

export const api = {
  holds: (key: string): boolean => held?.key === key,

  /** What words alone find: no model is needed for it. */
  async ask({ key, language }: AskedText, text: string | undefined, question: Question): Promise<Found> {
    if (held?.key !== key) {
      if (text === undefined) throw new Error('The text did not come.');
      held = { key, index: indexWords(text, { locale: language }) };
    }
    return find(await held.index, { key, question, reading: undefined });
  },
};
