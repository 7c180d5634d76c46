import { isRecord, show } from '@longspan/core-tensor/error';
import { badFile } from '../step-json.ts';

/** Tokens by their ids, and back. */
export interface Vocabulary {
  readonly ids: ReadonlyMap<string, number>;
  tokenOf(id: number): string | undefined;
  /** The largest id and one more. */
  readonly size: number;
}

/** Ids below this fit a table of embeddings, and two of them one number. */
export const mostIds: number = 2 ** 26;

/** The vocabulary of tokenizer.json or of vocab.json: { token: id }. */
export function vocabularyOf(json: unknown, where: string): Vocabulary {
  if (!isRecord(json)) throw badFile(`the vocabulary of the ${where} must be a record.`, '{ token: id }', show(json));
  const ids = new Map<string, number>();
  for (const [token, id] of Object.entries(json)) {
    if (!Number.isSafeInteger(id) || (id as number) < 0 || (id as number) >= mostIds) {
      throw badFile(`ids of the ${where} must be integers.`, `from 0 to ${mostIds - 1}`, `${show(id)} for ${show(token)}`);
    }
    ids.set(token, id as number);
  }
  return withTokens(ids);
}

function withTokens(ids: ReadonlyMap<string, number>): Vocabulary {
  const tokens = new Map<number, string>();
  let size = 0;
  for (const [token, id] of ids) {
    tokens.set(id, token);
    size = Math.max(size, id + 1);
  }
  return { ids, tokenOf: (id) => tokens.get(id), size };
}

/** Whether any of these texts has the two characters beside each other; looked through once, at the first question. */
export function neighboursIn(tokens: () => Iterable<string>): (before: string, after: string) => boolean {
  let known: Set<string> | undefined;
  return (before, after) => {
    if (known === undefined) {
      known = new Set();
      for (const token of tokens()) {
        let last = '';
        for (const character of token) {
          if (last !== '') known.add(last + character);
          last = character;
        }
      }
    }
    return known.has(before + after);
  };
}
