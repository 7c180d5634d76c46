import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const golden = (name: string): Uint8Array => readFileSync(fileURLToPath(new URL(`../../golden/usage/tokenizers/${name}`, import.meta.url)));

const ids = (tokens: readonly string[]): Record<string, number> => Object.fromEntries(tokens.map((token, id) => [token, id]));
const bytes = Array.from({ length: 256 }, (_, byte) => `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`);

const added = (id: number, content: string, special: boolean) => ({
  ...{ id, content, special, single_word: !special, lstrip: content === '<mask>', rstrip: false, normalized: !special },
});

const words = [
  '[PAD]',
  '[UNK]',
  '[CLS]',
  '[SEP]',
  'a',
  'b',
  'hello',
  'the',
  'win',
  '##dow',
  '##s',
  '##a',
  '##b',
  '1',
  '##23',
  '中',
  '!',
  '.',
];
const pairs = ['<s>', '<pad>', '</s>', '<unk>', 'a', 'b', 'h', 'e', 'l', 'o', 'Ġ', 'Ã', '©', 'ab', 'he', 'll', 'hell', 'hello', 'Ġa', 'Ċ'];
const pieces = [...['<pad>', '</s>', '<unk>', '▁', 'a', 'b', 'e', '▁a', '▁hello', 'ab', 'é', '中', '1', '.', '▁▁'], ...bytes].map(
  (piece, at) => [piece, -at / 4],
);

const byteLevel = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true };
const gpt4 = "(?i:'s|'t)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
const split = (Regex: string, behavior: string) => ({ type: 'Split', pattern: { Regex }, behavior, invert: false });

/** A small tokenizer.json of each kind, with steps of every kind among them. */
export const tokenizerJsons: readonly object[] = [
  {
    truncation: { max_length: 8, strategy: 'LongestFirst', stride: 0, direction: 'Right' },
    added_tokens: [added(0, '[PAD]', true), added(3, '[SEP]', true), added(18, 'newtok', false)],
    normalizer: { type: 'BertNormalizer', clean_text: true, handle_chinese_chars: true, strip_accents: null, lowercase: true },
    pre_tokenizer: { type: 'BertPreTokenizer' },
    post_processor: {
      type: 'TemplateProcessing',
      single: [{ SpecialToken: { id: '[CLS]', type_id: 0 } }, { Sequence: { id: 'A', type_id: 0 } }],
      pair: [{ Sequence: { id: 'A', type_id: 0 } }, { SpecialToken: { id: '[CLS]', type_id: 0 } }, { Sequence: { id: 'B', type_id: 1 } }],
      special_tokens: { '[CLS]': { id: '[CLS]', ids: [2], tokens: ['[CLS]'] } },
    },
    decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
    model: { type: 'WordPiece', unk_token: '[UNK]', continuing_subword_prefix: '##', max_input_chars_per_word: 100, vocab: ids(words) },
  },
  {
    added_tokens: [added(0, '<s>', true), added(20, '<mask>', true)],
    normalizer: { type: 'Sequence', normalizers: [{ type: 'NFC' }, { type: 'Strip', strip_left: true, strip_right: false }] },
    pre_tokenizer: byteLevel,
    post_processor: { type: 'RobertaProcessing', sep: ['</s>', 2], cls: ['<s>', 0], trim_offsets: true, add_prefix_space: false },
    decoder: byteLevel,
    model: {
      ...{ type: 'BPE', dropout: null, unk_token: null, continuing_subword_prefix: null, end_of_word_suffix: null, fuse_unk: false },
      ...{ byte_fallback: false, ignore_merges: false, merges: ['a b', 'h e', 'l l', 'he ll', 'hell o', 'Ġ a'], vocab: ids(pairs) },
    },
  },
  {
    normalizer: {
      type: 'Sequence',
      normalizers: [{ type: 'Prepend', prepend: '▁' }, { type: 'Replace', pattern: { String: ' ' }, content: '▁' }, { type: 'Nmt' }],
    },
    pre_tokenizer: { type: 'Metaspace', replacement: '▁', prepend_scheme: 'first', split: true },
    decoder: {
      type: 'Sequence',
      decoders: [{ type: 'Replace', pattern: { Regex: '▁+' }, content: ' ' }, { type: 'ByteFallback' }, { type: 'Fuse' }],
    },
    model: { type: 'Unigram', unk_id: 2, byte_fallback: true, vocab: pieces },
  },
  {
    normalizer: {
      type: 'Sequence',
      normalizers: [{ type: 'NFKD' }, { type: 'StripAccents' }, { type: 'Replace', pattern: { Regex: '\\s+' }, content: ' ' }],
    },
    pre_tokenizer: {
      type: 'Sequence',
      pretokenizers: [split(gpt4, 'Isolated'), { type: 'Digits', individual_digits: true }, split('(a|b)+', 'MergedWithNext')],
    },
    post_processor: { type: 'BertProcessing', sep: ['b', 5], cls: ['a', 4] },
    decoder: { type: 'BPEDecoder', suffix: '</w>' },
    model: {
      ...{ type: 'BPE', unk_token: '<unk>', continuing_subword_prefix: '##', end_of_word_suffix: '</w>', fuse_unk: true },
      ...{ vocab: ids(['<unk>', 'a', 'b', '##b', 'b</w>', '##b</w>', 'ab</w>', '##a']), merges: [['a', '##b</w>']] },
    },
  },
  {
    pre_tokenizer: {
      type: 'Sequence',
      pretokenizers: [
        { type: 'Punctuation', behavior: 'Contiguous' },
        { type: 'WhitespaceSplit' },
        { type: 'CharDelimiterSplit', delimiter: 'l' },
        { type: 'FixedLength', length: 3 },
      ],
    },
    model: { type: 'WordLevel', vocab: ids(['<unk>', 'a', 'b', 'he', 'o', '!']), unk_token: '<unk>' },
  },
];

const lines = (...of: readonly string[]): string => `${of.join('\n')}\n`;

/** The other files: texts, of which lines may be changed. */
export const textFiles: readonly {
  readonly name: string;
  readonly text: string;
  readonly beside?: Readonly<Record<string, object | string>>;
}[] = [
  {
    name: 'vocab.txt',
    text: lines(...words),
    beside: { 'tokenizer_config.json': { tokenizer_class: 'BertTokenizer', do_lower_case: true } },
  },
  {
    name: 'vocab.txt',
    text: lines('<eos> 9', '<unk> 5', 'a 4', 'hello 2'),
    beside: { 'tokenizer_config.json': { tokenizer_class: 'TransfoXLTokenizer' } },
  },
  { name: 'merges.txt', text: lines('#version: 0.2', 'a b', 'h e', 'l l', 'he ll'), beside: { 'vocab.json': ids(pairs) } },
  { name: 'vocab.json', text: JSON.stringify(ids(pairs), null, 1), beside: { 'merges.txt': lines('a b', 'h e') } },
  { name: 'vocab.json', text: JSON.stringify(pieces.slice(0, 20), null, 1) },
];

/** Sentencepiece's, as bytes. */
export const modelFiles: readonly { readonly name: string; readonly bytes: Uint8Array; readonly tokenizerClass: string }[] = [
  { name: 'spiece.model', bytes: golden('sentencepiece-bpe/spiece.model'), tokenizerClass: 'ReformerTokenizer' },
  { name: 'spiece.model', bytes: golden('sentencepiece-t5/spiece.model'), tokenizerClass: 'T5Tokenizer' },
  { name: 'sentencepiece.bpe.model', bytes: golden('sentencepiece-xlmr/sentencepiece.bpe.model'), tokenizerClass: 'XLMRobertaTokenizer' },
  { name: 'spiece.model', bytes: golden('sentencepiece-unigram/spiece.model'), tokenizerClass: 'BigBirdTokenizer' },
];
