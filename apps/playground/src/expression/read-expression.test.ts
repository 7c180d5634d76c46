import { equalMasks, maskFromJSON } from '@longspan/attention-sparse/mask';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { presets } from '../views/pattern/presets.ts';
import { readExpression } from './read-expression.ts';

const problemOf = (text: string): string => {
  const read = readExpression(text);
  if (!('problem' in read)) throw new Error(`${text} was read as ${read.mask.name}`);
  return `${text.slice(read.problem.from, read.problem.to)} | ${read.problem.message.split('\n')[0]}`;
};
const maskOf = (text: string) => {
  const read = readExpression(text);
  if ('problem' in read) throw new Error(read.problem.message);
  return read.mask;
};

describe('an expression', () => {
  it('is the mask that the same code makes', () => {
    const mask = maskOf('slidingWindow({ left: 2 }).or(globalTokens([0])).and(causal())');
    expect(mask.name).toBe('slidingWindow({ left: 2, right: 0 }).or(globalTokens([0])).and(causal())');
    expect([mask.allows(9, 7), mask.allows(9, 6), mask.allows(9, 0), mask.allows(0, 9)]).toEqual([true, false, true, false]);
  });

  it('knows where each part stands', () => {
    const text = 'causal().and(slidingWindow({ left: 3 }))';
    const read = readExpression(text);
    if ('problem' in read) throw new Error(read.problem.message);
    expect(read.parts.map(({ from, to }) => text.slice(from, to))).toEqual(['slidingWindow({ left: 3 })', 'causal()', text]);
  });

  it('of every preset is read, and prints itself as an expression that is the same mask', () => {
    for (const { expression } of presets) {
      const mask = maskOf(expression);
      expect(equalMasks(maskFromJSON(mask.toJSON()), mask)).toBe(true);
    }
    for (const name of [
      "segments({ text: 3, image: 4 }).between('text', 'image')",
      'grid([4, 5]).tiles({ size: [2, 1] })',
      'causal().not()',
      'keysAt([-1, 3])',
    ]) {
      expect(maskOf(maskOf(name).name).name).toBe(maskOf(name).name);
    }
  });

  it('that is none says what is wrong, and where', () => {
    expect(problemOf('slidingWidow({ left: 2 })')).toBe(
      'slidingWidow | There is no mask of the name slidingWidow. Did you mean slidingWindow or blockWindow?',
    );
    expect(problemOf('causal')).toBe('causal | causal must be called: causal().');
    expect(problemOf('causal().and(')).toMatch(/ends too early/);
    expect(problemOf('causal(); causal()')).toMatch(/^causal\(\) \| Here the expression must end/);
    expect(problemOf('3')).toBe('3 | The whole expression must be a mask.');
    expect(problemOf('causal().xor(causal())')).toBe('xor | There is no .xor here: .and, .or, .not.');
    expect(problemOf('slidingWindow({ left: 1.5 })')).toMatch(/^slidingWindow \| slidingWindow: left must be an integer/);
    expect(problemOf('')).toMatch(/Write a mask here/);
  });
});

describe('what a stranger may write', () => {
  it.each([
    'alert(1)',
    'globalThis.alert(1)',
    'causal().constructor("alert(1)")()',
    'causal().and.constructor("alert(1)")',
    'causal()["constructor"]("x")',
    '(() => causal())()',
    'import("https://example.org")',
    '`text`',
    'new Function("alert(1)")()',
    'toString()',
    'constructor()',
    '__proto__()',
    'causal().toJSON()',
    '{ causal() }',
    'causal(); alert(1)',
    'x = causal()',
    'segments({ ["a"]: 1 }).between("a", "a")',
    'slidingWindow({ left: 1, ...evil })',
    'causal?.()',
    'keysAt([,,1])',
  ])('%s is refused, and runs nothing', (text) => {
    let ran = 0;
    Object.assign(globalThis, { alert: () => (ran += 1) });
    expect('problem' in readExpression(text) || text === 'keysAt([,,1])').toBe(true);
    expect(ran).toBe(0);
    Reflect.deleteProperty(globalThis, 'alert');
  });

  it('never throws, whatever it is', () => {
    const pieces = fc.constantFrom(
      'causal()',
      '.and(',
      '.or(',
      ')',
      '(',
      '{',
      '}',
      '[',
      ']',
      'left:',
      '1e9',
      '-',
      '"',
      "'",
      ',',
      'slidingWindow',
      'perHead(',
      '\n',
      '//',
      '/*',
      'key',
      '0x',
      '\u2028',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(pieces, { maxLength: 60 }).map((list) => list.join('')),
        ),
        (text) => void readExpression(text),
      ),
      { numRuns: 500 },
    );
    for (const deep of [
      '('.repeat(19_000),
      '['.repeat(19_000),
      'causal().and('.repeat(1500),
      `causal()${'.not()'.repeat(3000)}`,
      '- '.repeat(9000),
    ]) {
      expect('problem' in readExpression(deep)).toBe(true);
    }
  });
});
