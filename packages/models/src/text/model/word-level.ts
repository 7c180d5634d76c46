import { badFile, type Fields } from '../step-json.ts';
import type { Model } from './model.ts';
import { type Vocabulary, vocabularyOf } from './vocabulary.ts';

/** A word is a token, or unknown. */
export function readWordLevel(fields: Fields): Model {
  return wordLevel(vocabularyOf(fields.json['vocab'], fields.where), fields.text('unk_token', '<unk>'));
}

function wordLevel({ ids, tokenOf, size }: Vocabulary, unknown: string): Model {
  return {
    size,
    idOf: (token) => ids.get(token),
    tokenOf,
    parts: () => false,
    tokenize: (word, emit) => {
      const id = ids.get(word) ?? ids.get(unknown);
      if (id === undefined)
        throw badFile('a vocabulary of words must have a token for the unknown.', unknown, 'none', 'add it to the vocabulary.');
      emit(id, 0, word.length);
    },
  };
}
