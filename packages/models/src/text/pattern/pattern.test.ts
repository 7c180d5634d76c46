import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isPlain } from './is-plain.ts';
import { linearMatches } from './linear-matches.ts';
import { patternOf } from './pattern.ts';
import { parsePattern, programOf } from './program.ts';

/** What the engine gives, without empty ones. */
const byEngine = (source: string, text: string): readonly (readonly number[])[] =>
  Array.from(text.matchAll(new RegExp(source, 'gu')), ({ 0: match, index }) => [index, index + match.length]).filter(
    ([begin, end]) => begin !== end,
  );

const atom = fc.constantFrom(
  'a',
  'b',
  '[ab]',
  '[^a]',
  '\\p{L}',
  ' ',
  '\\p{White_Space}',
  '🙂',
  '.',
  '\\n',
  '(?!b)',
  '(?<=a)',
  '(?=[^b]*c)',
);
const { regex } = fc.letrec<{ readonly regex: string }>((tie) => ({
  regex: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    atom,
    fc.tuple(tie('regex'), tie('regex')).map((parts) => parts.join('')),
    fc.tuple(tie('regex'), tie('regex')).map((parts) => `(?:${parts.join('|')})`),
    // JavaScript tries an optional part again that matched nothing, Oniguruma and we do not: here each takes a character.
    fc
      .tuple(fc.constantFrom('a', '[ab]', '🙂'), tie('regex'), fc.constantFrom('*', '+', '?', '*?', '+?', '{2}', '{1,2}', '{2,}'))
      .map(([first, of, count]) => `(?:${first}${of})${count}`),
    tie('regex').map((of) => `(?:${of}|)`),
    tie('regex').map((of) => `(?=${of})`),
    tie('regex').map((of) => `(?<!${of})`),
  ),
}));
const text = fc.string({ unit: fc.constantFrom('a', 'a', 'b', 'c', ' ', '\n', '🙂', '\ud83d'), maxLength: 12 });

const [gpt4, o200k] = [
  "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+",
  '[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]*[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]+|[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]+|\\p{N}|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+',
];

describe('the matcher whose time is bounded', () => {
  it("gives the engine's matches of any pattern", () => {
    let found = 0;
    fc.assert(
      fc.property(regex, text, (source, given) => {
        const expected = byEngine(source, given);
        found += expected.length;
        expect(linearMatches(programOf(parsePattern(source)))(given), source).toEqual(expected);
      }),
      { numRuns: 2000, seed: 11 },
    );
    expect(found).toBeGreaterThan(1000);
  });

  it.each([
    ['(a+)+$', 'a', 'b'],
    ['(a|a)*c', 'a', 'b'],
    ['(a|aa)+$', 'a', 'b'],
    ['a*a*a*a*b', 'a', 'c'],
    ['(?:a?){50}a{50}c', 'a', 'b'],
    ['(?=(a+)+$)b|(?<=(a|a)*b)c', 'a', 'b'],
    ['(\\p{L}+\\s?)+:', 'word ', '.'],
    ['^(([a-z])+.)+[A-Z]([a-z])+$', 'a', ' '],
  ])('tries no step twice at one place: %s', (Regex, part, end) => {
    const given = part.repeat(5000) + end;
    expect([...patternOf('Split', { Regex })(given)].length).toBeLessThanOrEqual(1);
  });

  it('keeps what it knows where a match ends', () => {
    const given = 'a'.repeat(8000);
    expect([...patternOf('Split', { Regex: 'a*b|a' })(given)]).toHaveLength(8000); // each match looks at all that follows
    expect([...patternOf('Split', { Regex: '(?:a(?=[^c]*))+?' })(given)]).toHaveLength(8000);
  });
});

describe('a pattern of tokenizer.json', () => {
  it.each([
    [gpt4, true],
    [o200k, false], // its first way may take capitals and fail
    ["'s|'t|'re|'ve|'m|'ll|'d|[\\p{L}]+|[\\p{N}]|[^\\s\\p{L}\\p{N}]+", true],
    ["'s|'t| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+", true], // GPT-2's
    ['\\s+', true],
    [' {2,}', true],
    ['(?:http|ftp)', true],
    ['[0-9][0-9][0-9]', true],
    ['(a+)+$', false],
    ['\\s+$', false],
    ['\\s*[\\r\\n]+', false], // nothing takes blanks without the end of a line
    ['\\s*[\\r\\n]+| |\\s+', false], // one blank is taken, and the rest looked through again
    ['a?a?a?b', false],
    ['(?:ab)*', false],
  ])('is left to the engine where that cannot take long: %s', (Regex, expected) => {
    const source = Regex.replaceAll('\\s', '\\p{White_Space}').replaceAll('\\S', '\\P{White_Space}').replace('(?i:', '(?:');
    expect(isPlain(parsePattern(source))).toBe(expected);
  });

  it('is refused where no program can do it', () => {
    const refused = (Regex: string) => () => patternOf('pre_tokenizer Split', { Regex });
    expect(refused('(a)\\1')).toThrow(
      'readTokenizer: the pattern of the pre_tokenizer Split must be one that takes a time in proportion to the text.\n' +
        '  expected  at most 1000 steps, and no reference to what was matched\n' +
        '  got       "(a)\\\\1": \\1, which refers to what was matched',
    );
    expect(refused('(?:a{100}){100}b')).toThrow('more than 1000 steps, with its counts written out');
    expect(refused(`(?:a{0,${'9'.repeat(9)}})b`)).toThrow('more than 1000 steps');
    expect(refused(`${'('.repeat(4000)}a${')'.repeat(4000)}`)).toThrow('the pattern of the pre_tokenizer Split must be flat.');
    expect(refused('a'.repeat(10_001))).toThrow('must be short.');
  });

  it('of a program, over a text that cannot be cut, says how long that may be', () => {
    const matches = patternOf('Split', { Regex: '(?:a{0,400}b)' });
    expect(() => [...matches('x'.repeat(2 ** 20))]).toThrow('must be short for a pattern of that size.');
  });
});

it('an engine that has no room for a match is not the end of it', () => {
  const run = '中'.repeat(2 ** 20 * 3);
  const matches = patternOf('Split', { Regex: ' ?\\p{L}+| ' });
  expect([...matches(`a ${run}  b`)]).toEqual([
    [0, 1],
    [1, run.length + 2],
    [run.length + 2, run.length + 3],
    [run.length + 3, run.length + 5],
  ]);
});
