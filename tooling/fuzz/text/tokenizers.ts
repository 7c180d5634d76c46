import type { NamedBytes } from '@longspan/models';
import { readTokenizer, type Tokenizer } from '@longspan/models/text';
import fc, { type Arbitrary } from 'fast-check';
import { type Change, changedText } from '../checkpoints.ts';
import { type Family, family } from '../family.ts';
import { oddText } from './odd-text.ts';
import { requireSound } from './sound-encoding.ts';
import { modelFiles, textFiles, tokenizerJsons } from './tokenizer-files.ts';

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Expressions that take a backtracking engine longer than anybody waits, and such as are none. */
const hostile = [
  ...[
    '(a+)+$',
    '(a|a)*c',
    '(a|aa)+$',
    '(.*)*x',
    '(\\w+\\s?)+:',
    '(?:a?){40}a{40}',
    '((a+)b?)+$',
    '(?=(a+)+$)b',
    '(?<=(a|a)*)b',
    '\\s+$',
    'a*b|a',
  ],
  ...[
    '(a)\\1',
    '(?:a{99}){99}',
    '(',
    '[z-a]',
    '\\p{None}',
    '(?<!a*)',
    '',
    '.',
    '[\\s\\S]*',
    '(?i:a)',
    '\\b',
    '^',
    '$',
    '(a*)*',
    '[^]',
    'a{2147483648}',
  ],
];

const odd: Arbitrary<unknown> = fc.oneof(
  fc.jsonValue({ maxDepth: 2 }),
  fc.constantFrom(
    null,
    -1,
    0,
    0.5,
    3,
    300,
    1e6,
    2 ** 26,
    2 ** 31,
    2 ** 53,
    1e308,
    true,
    false,
    [],
    {},
    '',
    'a',
    '▁',
    '##',
    '🙂',
    '\ud83d',
    ' ',
  ),
  fc.constantFrom(...hostile),
  fc.constantFrom(...hostile).map((Regex) => ({ Regex })),
  fc.constantFrom('a', 'A'.repeat(5000), '▁', '\u0301', '$&').map((text) => ({ String: text })),
  fc.constantFrom(
    'Sequence',
    'BPE',
    'Unigram',
    'WordLevel',
    'ByteLevel',
    'Metaspace',
    'Replace',
    'Split',
    'Precompiled',
    'NFKC',
    'Strip',
    'CTC',
  ),
  fc.constantFrom('Removed', 'Isolated', 'MergedWithPrevious', 'Contiguous', 'always', 'never'),
  fc.tuple(fc.constantFrom('normalizers', 'pretokenizers', 'decoders', 'processors'), fc.constantFrom(2, 9, 200)).map(nested),
  fc.nat(30),
);

/** Steps that hold each other. */
function nested([steps, depth]: readonly [name: string, depth: number]): object {
  return Array.from({ length: depth }).reduce<object>((inner) => ({ type: 'Sequence', [steps]: [inner] }), { type: 'Lowercase' });
}

const names = fc.oneof(fc.string({ maxLength: 4 }), fc.constantFrom('__proto__', 'constructor', 'type', 'vocab', 'Regex', 'String', ''));

/** So many values lie in the largest of the files. */
const mostValues = 330;

const change: Arbitrary<Change> = fc.record({
  at: fc.oneof(fc.nat(60), fc.nat(mostValues)),
  value: odd,
  name: names,
  kind: fc.constantFrom('replace', 'replace', 'replace', 'remove', 'rename'),
});

const changedJson = fc
  .tuple(fc.constantFrom(...tokenizerJsons), fc.array(change, { minLength: 1, maxLength: 3 }))
  .map(([json, changes]): NamedBytes => ({ 'tokenizer.json': bytesOf(changedText(json, changes)) }));

const config = fc
  .array(
    fc.tuple(
      fc.constantFrom(
        'tokenizer_class',
        'unk_token',
        'cls_token',
        'model_max_length',
        'extra_ids',
        'added_tokens_decoder',
        'do_lower_case',
        'add_prefix_space',
      ),
      odd,
    ),
    { maxLength: 2 },
  )
  .map((entries) => Object.fromEntries(entries));

const line = fc.oneof(oddText, fc.constantFrom('a', 'a b', 'a b c', '', ' ', 'zz zz', '[UNK]', '"a": 4,', '}', '["a", 1]'));

/** Lines put in, left out and changed. */
const changedLines = fc
  .tuple(
    fc.constantFrom(...textFiles),
    fc.array(fc.tuple(fc.nat(40), line, fc.constantFrom(0, 1)), { minLength: 1, maxLength: 3 }),
    fc.oneof(fc.constant({}), config),
  )
  .map(([{ name, text, beside = {} }, changes, more]): NamedBytes => {
    const lines = text.split('\n');
    for (const [at, put, taken] of changes) lines.splice(at % (lines.length + 1), taken, put);
    const asBytes = (of: object | string): Uint8Array => bytesOf(typeof of === 'string' ? of : JSON.stringify(of));
    const files = { ...beside, 'tokenizer_config.json': { ...((beside['tokenizer_config.json'] as object | undefined) ?? {}), ...more } };
    return { ...Object.fromEntries(Object.entries(files).map(([each, of]) => [each, asBytes(of)])), [name]: bytesOf(lines.join('\n')) };
  });

/** Bytes set, left out and put in. */
const spoiledModel = fc
  .tuple(
    fc.constantFrom(...modelFiles),
    fc.array(fc.tuple(fc.oneof(fc.nat(400), fc.nat(6500)), fc.uint8Array({ maxLength: 6 }), fc.nat(6)), { maxLength: 3 }),
    fc.oneof(fc.constant({}), config),
  )
  .map(([{ name, bytes, tokenizerClass }, changes, more]): NamedBytes => {
    const made = [...bytes];
    for (const [at, put, taken] of changes) made.splice(at % made.length, taken, ...put);
    return {
      [name]: Uint8Array.from(made),
      'tokenizer_config.json': bytesOf(JSON.stringify({ tokenizer_class: tokenizerClass, ...more })),
    };
  });

/** Bytes of whatever text, some set to others. */
const spoiledText = fc
  .tuple(
    fc.constantFrom(...tokenizerJsons),
    fc.array(fc.tuple(fc.nat(4000), fc.constantFrom(0x22, 0x2c, 0x30, 0x5b, 0x5c, 0x5d, 0x7b, 0x7d, 0xff, 0)), {
      minLength: 1,
      maxLength: 2,
    }),
  )
  .map(([json, changes]): NamedBytes => {
    const bytes = bytesOf(JSON.stringify(json));
    for (const [at, byte] of changes) bytes[at % bytes.length] = byte;
    return { 'tokenizer.json': bytes };
  });

interface Mutated {
  readonly files: NamedBytes;
  readonly text: string;
  readonly pair: string;
}

const inputs: Arbitrary<Mutated> = fc.record({
  files: fc.oneof(
    { weight: 6, arbitrary: changedJson },
    { weight: 2, arbitrary: changedLines },
    { weight: 2, arbitrary: spoiledModel },
    { weight: 1, arbitrary: spoiledText },
  ),
  text: oddText,
  pair: fc.oneof({ weight: 3, arbitrary: fc.constant('') }, oddText),
});

/** Tokenizers whose files are a stranger's: they give tokens that lie in order within the text, or say what is wrong. */
export const mutatedTokenizers: Family = family('files of tokenizers', inputs, async ({ files, text, pair }): Promise<Tokenizer> => {
  const tokenizer = await readTokenizer(files);
  requireSound(tokenizer, tokenizer.encodeText(text, { pair }), [text, pair]);
  return tokenizer;
});
