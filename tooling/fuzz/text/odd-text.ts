import fc, { type Arbitrary } from 'fast-check';

/** What is written in texts that somebody made up: marks without a letter, halves of pairs, blanks of all kinds, words of every alphabet. */
const parts = [
  ...['a', 'b', ' ', ' ', '  ', '\n', '\r\n', '\n\n', '\t', '\u00a0', '\u3000', '\u200b', '\ufeff', '\u0085', '\u0000', '\u0007', '\ufffd'],
  ...[
    '\ud83d',
    '\udc4d',
    '\ud83d\ud83d',
    '\udc00a',
    'e\u0301',
    '\u0301',
    '\u0301'.repeat(40),
    '\u0f73\u0f71',
    '\u1100\u1161\u11a8',
    '\uac00',
  ],
  ...[
    'ﬁ',
    'Ａ',
    '½',
    'ﷺ',
    'ß',
    'İ',
    'Σ',
    '中文',
    '日本語',
    '𠀀',
    '🙂',
    '👩‍👩‍👧',
    '🇩🇪',
    '👍🏽',
    'ก็',
    'नि',
    'ا\u064b',
    '▁',
    '##',
    'Ġ',
    '_',
    '~',
  ],
  ...[
    'hello',
    'Attention',
    'The window',
    "don't",
    "I'll",
    '123',
    '4.5',
    '...',
    '!?',
    '# ',
    '- ',
    '</s>',
    '<mask>',
    '[MASK]',
    '[CLS]',
    '<0x0A>',
  ],
] as const;

const long: Arbitrary<string> = fc
  .tuple(fc.constantFrom(...parts), fc.constantFrom(300, 3000), fc.constantFrom('', 'x', ' ', '\n'))
  .map(([part, count, end]) => part.repeat(Math.ceil(count / part.length)) + end);

/** One letter with 10,000 marks on it. */
const marked: Arbitrary<string> = fc
  .constantFrom('\u0301', '\u0334\u0345', '\u200d')
  .map((mark) => `a${mark.repeat(10_000 / mark.length)} b`);

/** Texts of at most some hundred characters as a rule, and sometimes of ten thousand. */
export const oddText: Arbitrary<string> = fc.oneof(
  { weight: 12, arbitrary: fc.array(fc.constantFrom(...parts), { maxLength: 24 }).map((each) => each.join('')) },
  { weight: 4, arbitrary: fc.string({ unit: 'binary', maxLength: 12 }) },
  { weight: 2, arbitrary: fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 12 }).map((units) => String.fromCharCode(...units)) },
  { weight: 1, arbitrary: long },
  { weight: 1, arbitrary: marked },
);
