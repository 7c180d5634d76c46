import { show } from '@longspan/core-tensor/error';
import { badFile } from '../step-json.ts';
import type { Tokenizer } from '../tokenizer.ts';
import { type Beside, fromTokenizerJson } from './from-tokenizer-json.ts';
import { addedTokensOf, asConfig, bertTokens, namedTokens, robertaTokens, templateJson } from './special-defaults.ts';

/** Kinds of BERT's tokenizer: the tokens and the template of each. */
const kinds = {
  BertTokenizer: { tokens: bertTokens, single: 'cls:0 A:0 sep:0', pair: 'cls:0 A:0 sep:0 B:1 sep:1' },
  FunnelTokenizer: {
    tokens: { ...bertTokens, unk: '<unk>', sep: '<sep>', pad: '<pad>', cls: '<cls>', mask: '<mask>' },
    single: 'cls:2 A:0 sep:0',
    pair: 'cls:2 A:0 sep:0 B:1 sep:1',
  },
  MPNetTokenizer: {
    tokens: { ...robertaTokens, unk: '[UNK]' },
    single: 'cls:0 A:0 sep:0',
    pair: 'cls:0 A:0 sep:0 sep:0 B:1 sep:1',
  },
} as const;

/** Classes of transformers whose vocab.txt this is. */
export const wordPieceClasses: readonly string[] = [...Object.keys(kinds), 'DistilBertTokenizer', 'HATTokenizer'];

/**
 * A tokenizer of vocab.txt, a token a line: WordPiece with do_lower_case, strip_accents and tokenize_chinese_chars of tokenizer_config.json.
 * @source `BertConverter`, `FunnelConverter` and `MPNetConverter` of Hugging Face transformers 4.57
 */
export function fromVocabularyText(text: string, tokenizerClass: string | undefined, beside: Beside): Tokenizer {
  const { config } = beside;
  const kind = kinds[isKind(tokenizerClass) ? tokenizerClass : 'BertTokenizer'];
  const named = namedTokens(kind.tokens, config ?? beside.specialMap);
  const vocab = Object.fromEntries(linesOf(text).map((token, id) => [token, id]));
  const idOf = (token: string): number | undefined => (Object.hasOwn(vocab, token) ? vocab[token] : undefined);
  for (const part of ['unk', 'cls', 'sep']) {
    const token = named[part] ?? '';
    if (idOf(token) === undefined)
      throw badFile('vocab.txt must have the tokens that the tokenizer needs.', show(token), 'none', 'check tokenizer_config.json.');
  }
  const json = {
    model: { type: 'WordPiece', vocab, unk_token: named['unk'], continuing_subword_prefix: '##', max_input_chars_per_word: 100 },
    normalizer: {
      type: 'BertNormalizer',
      clean_text: true,
      handle_chinese_chars: config?.['tokenize_chinese_chars'] ?? true,
      strip_accents: config?.['strip_accents'] ?? null,
      lowercase: config?.['do_lower_case'] ?? true,
    },
    pre_tokenizer: { type: 'BertPreTokenizer' },
    post_processor: templateJson(kind.single, kind.pair, named, idOf),
    decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
    added_tokens: addedTokensOf(config, named, idOf, tokenizerClass === 'MPNetTokenizer'),
  };
  return fromTokenizerJson(json, { config: { ...config, ...asConfig(named) } });
}

const isKind = (name: string | undefined): name is keyof typeof kinds => name !== undefined && Object.hasOwn(kinds, name);

/** A line may hold a blank that is part of a token: only the ends of lines are cut off. */
function linesOf(text: string): readonly string[] {
  const lines = text.split(/\r?\n/);
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

/**
 * Transformer-XL's: a word a line, of which what comes after a blank is a count; words of the text are what stands between blanks.
 * @source `TransfoXLTokenizer` of Hugging Face transformers 4.35, without the Moses rules: its texts (WikiText-103) come tokenized
 */
export function fromWords(text: string, beside: Beside): Tokenizer {
  const words = linesOf(text).map((line) => line.trim().split(/\s+/, 1)[0] ?? '');
  const vocab = Object.fromEntries(words.map((word, id) => [word, id]));
  const unknown = ['<unk>', '<UNK>'].find((token) => Object.hasOwn(vocab, token));
  if (unknown === undefined) throw badFile('the vocabulary of words must have a token for the unknown.', '<unk> or <UNK>', 'none');
  const named = namedTokens({ unk: unknown, eos: '<eos>' }, beside.config);
  const json = {
    model: { type: 'WordLevel', vocab, unk_token: unknown },
    normalizer: beside.config?.['lower_case'] === true ? { type: 'Lowercase' } : null,
    pre_tokenizer: { type: 'WhitespaceSplit' },
    added_tokens: [],
  };
  return fromTokenizerJson(json, { config: { ...beside.config, ...asConfig(named) } });
}
