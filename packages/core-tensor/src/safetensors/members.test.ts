import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { members } from './members.ts';

const split = (text: string): (readonly [string, string])[] => [...members(text)];

describe('members', () => {
  it('gives the names and values of any JSON object, however it is spaced', () => {
    const anyObject = fc.array(fc.tuple(fc.string({ unit: 'binary' }), fc.jsonValue()), { maxLength: 5 });
    const anySpace = fc.string({ unit: fc.constantFrom(' ', '\n', '\t', '\r'), maxLength: 3 });
    fc.assert(
      fc.property(anyObject, anySpace, fc.constantFrom(undefined, 2), (pairs, space, indent) => {
        const texts = pairs.map(
          ([name, value]) => `${space}${JSON.stringify(name)}${space}:${space}${JSON.stringify(value, null, indent)}${space}`,
        );
        const found = split(`${space}{${texts.join(',') || space}}${space}`);
        expect(found.map(([name, value]) => [name, JSON.parse(value)])).toEqual(
          pairs.map(([name, value]) => [name, JSON.parse(JSON.stringify(value))]),
        );
      }),
      { numRuns: 500 },
    );
  });

  it('gives a name twice that stands there twice, however it is escaped', () => {
    expect(split('{"a":1,"\\u0061":2}')).toEqual([
      ['a', '1'],
      ['a', '2'],
    ]);
  });

  it('is not misled by brackets, commas and quotation marks within strings', () => {
    expect(split('{"a,}\\"":["}",{"b":"\\\\"}],"c":"]"}')).toEqual([
      ['a,}"', '["}",{"b":"\\\\"}]'],
      ['c', '"]"'],
    ]);
  });

  it.each([
    ['', 'the end where { was expected'],
    ['[1]', '"[" at character 0 where { was expected'],
    ['{', 'the end where " was expected'],
    ['{"a"', 'the end where : was expected'],
    ['{"a', 'the end where " was expected'],
    ['{"a\\"', 'the end where " was expected'],
    ['{"a" 1}', '"1" at character 5 where : was expected'],
    ['{"a":1', 'the end where , was expected'],
    ['{"a":1]', '"]" at character 6 where , was expected'],
    ['{"a":1,}', '"}" at character 7 where " was expected'],
    ['{"a":1} x', '"x" at character 8, after the end of the object'],
    ['{} {}', '"{" at character 3, after the end of the object'],
    ['{\u00a0}', '"\u00a0" at character 1 where " was expected'],
  ])('of %j says what is wrong where', (text, message) => {
    expect(() => split(text)).toThrow(new SyntaxError(message));
  });
});
