import { readTokenizer } from '@longspan/models/text';
import fc, { type Arbitrary } from 'fast-check';
import { nativeEncodingOf } from '../../../packages/models/test/text/native-encoding.ts';
import { type Family, family } from '../family.ts';

// Tokenizers that are right, of models, steps and flags drawn at random, beside Hugging Face's native build. Left out of texts and steps is what
// packages/models/test/text/native.test.ts names: characters after Unicode 9, byte letters trimmed under a Unigram, what a character map drops.

type Json = Readonly<Record<string, unknown>>;

const letters = ['a', 'b', 'h', 'e', 'l', 'o', '▁', 'é', '中', '1', '.', ' ', 'Ġ', 'Ã', '©', 'A', '\u0301', '🙂'] as const;
const bytes = Array.from({ length: 256 }, (_, byte) => `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`);
const some = fc.subarray([...letters], { minLength: 4 });
const piece = fc.array(fc.constantFrom(...letters), { minLength: 1, maxLength: 3 }).map((each) => each.join(''));
const flag = fc.boolean();

const vocabOf = (tokens: Iterable<string>): Json => Object.fromEntries([...new Set(tokens)].map((token, id) => [token, id]));

/** With a token for the unknown: without one the native build counts places from what is left. Rules that join what is there, one after the other, so that later ones build on earlier ones. */
const bytePairs: Arbitrary<Json> = fc
  .record({
    some,
    pairs: fc.array(fc.tuple(fc.nat(60), fc.nat(60)), { maxLength: 14 }),
    fuse_unk: flag,
    byte_fallback: flag,
    ignore_merges: flag,
    prefix: fc.constantFrom(null, null, '##'),
    suffix: fc.constantFrom(null, null, '</w>'),
  })
  .map(({ some: own, pairs, fuse_unk, byte_fallback: falls, ignore_merges, prefix, suffix }) => {
    const byte_fallback = falls && prefix === null && suffix === null; // else the native build gives ranges beyond the text
    const inner = prefix === null ? own : [...own, ...own.map((letter) => `${prefix}${letter}`)];
    const tokens = suffix === null ? [...inner] : [...inner, ...inner.map((token) => `${token}${suffix}`)];
    const merges: string[][] = [];
    for (const [first, second] of pairs) {
      const [left, right] = [tokens[first % tokens.length] as string, tokens[second % tokens.length] as string];
      const whole = left + (prefix !== null && right.startsWith(prefix) ? right.slice(prefix.length) : right);
      if (left.includes(' ') || right.includes(' ') || (prefix !== null && !right.startsWith(prefix))) continue; // the native build dies of such
      merges.push([left, right]);
      if (!tokens.includes(whole)) tokens.push(whole);
    }
    const vocab = vocabOf(['<unk>', ...(byte_fallback ? bytes : []), ...tokens]);
    const config = { fuse_unk, byte_fallback, ignore_merges, continuing_subword_prefix: prefix, end_of_word_suffix: suffix };
    return { type: 'BPE', dropout: null, unk_token: '<unk>', ...config, vocab, merges };
  });

const unigram: Arbitrary<Json> = fc
  .record({ some, pieces: fc.array(fc.tuple(piece, fc.integer({ min: 1, max: 4000 })), { maxLength: 16 }), byte_fallback: flag })
  .map(({ some: own, pieces, byte_fallback }) => {
    // No two sums are equal: which of equal ones is taken is for each build to choose.
    const scored = new Map([
      ['<unk>', 0],
      ...own.map((letter, at): [string, number] => [letter, -8 - at * 0.0137]),
      ...pieces.map(([text, score], at): [string, number] => [text, -score / 317 - at * 0.00071]),
    ]);
    return { type: 'Unigram', unk_id: 0, byte_fallback, vocab: [...scored, ...(byte_fallback ? bytes.map((byte) => [byte, -20]) : [])] };
  });

const wordPiece: Arbitrary<Json> = fc
  .record({ some, pieces: fc.array(piece, { maxLength: 16 }), most: fc.constantFrom(3, 100), prefix: fc.constantFrom('##', '##', '') })
  .map(({ some: own, pieces, most, prefix }) => {
    const tokens = [...own, ...pieces];
    const vocab = vocabOf(['[UNK]', ...tokens, ...tokens.slice(2).map((token) => `${prefix}${token}`)]);
    return { type: 'WordPiece', unk_token: '[UNK]', continuing_subword_prefix: prefix, max_input_chars_per_word: most, vocab };
  });

const wordLevel: Arbitrary<Json> = fc
  .array(piece, { maxLength: 12 })
  .map((pieces) => ({ type: 'WordLevel', unk_token: '<unk>', vocab: vocabOf(['<unk>', ...pieces]) }));

const pattern = fc.oneof(
  fc.constantFrom(' ', 'e', 'll', '▁', '🙂').map((text) => ({ String: text })),
  fc
    .constantFrom('\\s+', '[a-h]+', '(a|b)+', '\\d', ' {2,}', 'l(?=o)', '(?:he|hel)+', '\\p{L}+|\\s', '(?i:a)b?', '.')
    .map((Regex) => ({ Regex })),
);

const normalizer: Arbitrary<Json> = fc.oneof(
  fc.constantFrom('NFC', 'NFD', 'NFKC', 'NFKD', 'StripAccents', 'Lowercase', 'Nmt', 'ByteLevel').map((type) => ({ type })),
  fc.record({ type: fc.constant('Strip'), strip_left: flag, strip_right: flag }),
  fc.record({ type: fc.constant('Replace'), pattern, content: fc.constantFrom('', ' ', 'ab', '▁', '🙂') }),
  fc.record({ type: fc.constant('Prepend'), prepend: fc.constantFrom('▁', 'ab') }),
  fc.record({
    ...{
      type: fc.constant('BertNormalizer'),
      clean_text: flag,
      handle_chinese_chars: flag,
      strip_accents: fc.constantFrom(null, true, false),
    },
    lowercase: flag,
  }),
);

const behavior = fc.constantFrom('Removed', 'Isolated', 'MergedWithPrevious', 'MergedWithNext', 'Contiguous');
const preTokenizer: Arbitrary<Json> = fc.oneof(
  fc.constantFrom('BertPreTokenizer', 'Whitespace', 'WhitespaceSplit').map((type) => ({ type })),
  fc.record({ type: fc.constant('ByteLevel'), add_prefix_space: flag, trim_offsets: flag, use_regex: flag }),
  fc.record({
    ...{ type: fc.constant('Metaspace'), replacement: fc.constant('▁'), prepend_scheme: fc.constantFrom('always', 'first', 'never') },
    split: flag,
  }),
  fc.record({ type: fc.constant('Digits'), individual_digits: flag }),
  fc.record({ type: fc.constant('Punctuation'), behavior }),
  fc.record({ type: fc.constant('Split'), pattern, behavior, invert: flag }),
  fc.record({ type: fc.constant('CharDelimiterSplit'), delimiter: fc.constantFrom('l', ' ') }),
);

const inSequence = (type: 'normalizers' | 'pretokenizers', each: Arbitrary<Json>): Arbitrary<Json | null> =>
  fc
    .array(each, { maxLength: 2 })
    .map((steps) => (steps.length === 0 ? null : steps.length === 1 ? (steps[0] as Json) : { type: 'Sequence', [type]: steps }));

const postProcessor: Arbitrary<Json | null> = fc.oneof(
  fc.constant(null),
  fc.record({ type: fc.constant('ByteLevel'), add_prefix_space: flag, trim_offsets: flag, use_regex: flag }),
  fc.record({
    ...{ type: fc.constant('RobertaProcessing'), sep: fc.constant(['</s>', 1]), cls: fc.constant(['<s>', 0]) },
    ...{ trim_offsets: flag, add_prefix_space: flag },
  }),
  fc.constant({ type: 'BertProcessing', sep: ['</s>', 1], cls: ['<s>', 0] }),
);

const added = fc.array(
  fc.record({
    content: fc.constantFrom('[X]', 'hel', 'a', 'é', 'lo a'),
    single_word: flag,
    lstrip: flag,
    rstrip: flag,
    normalized: flag,
    special: flag,
  }),
  { maxLength: 2 },
);

const tokenizer: Arbitrary<Json> = fc
  .record({
    model: fc.oneof(bytePairs, bytePairs, unigram, wordPiece, wordLevel),
    normalizer: inSequence('normalizers', normalizer),
    pre_tokenizer: inSequence('pretokenizers', preTokenizer),
    post_processor: postProcessor,
    added,
  })
  .map(({ model, post_processor, added: given, ...steps }) => {
    const known = new Map<string, number>(
      Array.isArray(model['vocab'])
        ? model['vocab'].map(([token], id) => [token, id])
        : Object.entries(model['vocab'] as Record<string, number>),
    );
    // In a row after those of the vocabulary: other ids the native build gives anew.
    const idOf = (content: string): number => {
      const id = known.get(content) ?? known.size;
      known.set(content, id);
      return id;
    };
    // A token that the normaliser makes something else is looked for by what it becomes, even where that is a blank.
    const isRewritten = JSON.stringify(steps.normalizer).includes('Replace');
    const contents = new Map(given.map((each) => [each.content, each]));
    const trims = post_processor?.['trim_offsets'] === true && model['type'] === 'Unigram';
    return {
      version: '1.0',
      ...steps,
      model,
      post_processor: trims ? null : post_processor,
      added_tokens: [...contents.values()]
        .map((each) => ({ ...each, normalized: each.normalized && !isRewritten, id: idOf(each.content) }))
        .sort((a, b) => a.id - b.id),
    };
  });

const parts = [
  ...[
    'a',
    'b',
    'ab',
    'hello',
    'hel',
    'lo a',
    'é',
    'e\u0301',
    '中',
    '中文',
    '1',
    '23',
    '.',
    '!?',
    ' ',
    '  ',
    '\n',
    '\r\n',
    '\t',
    '▁',
    '🙂',
    '[X]',
  ],
  ...['ﬁ', '½', 'A', 'ß', "don't", '\u00a0', '각', 'ا\u064b', '_', 'x', 'Ġ', 'q\u0307\u0323'],
];
const text = fc.array(fc.constantFrom(...parts), { maxLength: 10 }).map((each) => each.join(''));

interface Input {
  readonly json: Json;
  readonly text: string;
  readonly addSpecialTokens: boolean;
}

const inputs: Arbitrary<Input> = fc.record({ json: tokenizer, text, addSpecialTokens: flag });

/** Tokenizers of every model under every step, beside the native build. */
export const nativeTokenizers: Family = family('tokenizers beside the native build', inputs, async (input): Promise<void> => {
  const { json, text: given, addSpecialTokens } = input;
  const expected = await nativeEncodingOf(json, given, addSpecialTokens);
  const ours = await readTokenizer({ 'tokenizer.json': new TextEncoder().encode(JSON.stringify(json)) });
  if (expected === undefined) return;
  const { ids, offsets, wordIds, typeIds } = ours.encodeText(given, { addSpecialTokens });
  const found = JSON.stringify({ ids: [...ids], offsets: [...offsets], wordIds: [...wordIds], typeIds: [...typeIds] });
  if (found !== JSON.stringify(expected)) throw new Error(`the native build gives ${JSON.stringify(expected)}, and we give ${found}`);
});
