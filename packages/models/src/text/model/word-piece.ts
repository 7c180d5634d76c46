import { badFile, type Fields } from '../step-json.ts';
import type { Model } from './model.ts';
import { type Vocabulary, vocabularyOf } from './vocabulary.ts';

interface WordPieceConfig {
  readonly unknown: string;
  /** What stands before a piece within a word: ##. */
  readonly prefix: string;
  /** A word of more characters is unknown. */
  readonly mostCharacters: number;
}

export function readWordPiece(fields: Fields): Model {
  return wordPiece(vocabularyOf(fields.json['vocab'], fields.where), {
    unknown: fields.text('unk_token', '[UNK]'),
    prefix: fields.text('continuing_subword_prefix', '##'),
    mostCharacters: fields.count('max_input_chars_per_word', 100),
  });
}

/** BERT's: the longest piece from the left, again and again; a word with a part that no piece fits is unknown as a whole. */
function wordPiece({ ids, tokenOf, size }: Vocabulary, { unknown, prefix, mostCharacters }: WordPieceConfig): Model {
  const unknownId = ids.get(unknown);
  let longest = 0;
  for (const token of ids.keys()) longest = Math.max(longest, token.length);
  return {
    size,
    idOf: (token) => ids.get(token),
    tokenOf,
    parts: () => false,
    tokenize: (word, emit) => {
      const tokens = word.length > 2 * mostCharacters || countOf(word) > mostCharacters ? undefined : pieces(word);
      if (tokens !== undefined) {
        for (let at = 0; at < tokens.length; at += 3) emit(tokens[at] ?? 0, tokens[at + 1] ?? 0, tokens[at + 2] ?? 0);
        return;
      }
      if (unknownId === undefined)
        throw badFile('the vocabulary must have the token for the unknown.', unknown, 'none', 'check unk_token.');
      emit(unknownId, 0, word.length);
    },
  };

  function pieces(word: string): readonly number[] | undefined {
    const tokens: number[] = [];
    for (let begin = 0; begin < word.length; ) {
      let end = Math.min(word.length, begin + longest);
      let id: number | undefined;
      for (; end > begin; end -= 1) {
        const piece = word.slice(begin, end);
        id = ids.get(begin > 0 ? prefix + piece : piece);
        if (id !== undefined) break;
      }
      if (id === undefined) return undefined;
      tokens.push(id, begin, end);
      begin = end;
    }
    return tokens;
  }
}

const countOf = (word: string): number => {
  let count = 0;
  for (const _ of word) count += 1;
  return count;
};
