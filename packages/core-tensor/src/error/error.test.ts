import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ConfigError, ExplainedError, type Explanation, FileError, ShapeError } from './index.ts';

const explanation: Explanation = {
  caller: 'reformerAttention',
  problem: 'seqLen is not a multiple of chunkLength.',
  expected: 'a multiple of 64 (chunkLength)',
  got: '1000',
  remedy: 'padTo(x, 1024) and pass keyMask, so that nothing attends to the 24 padded keys.',
};

describe.each([
  ['ShapeError', ShapeError],
  ['ConfigError', ConfigError],
  ['FileError', FileError],
])('%s', (name, Kind) => {
  it('says where, what, expected, got and remedy, in that order', () => {
    expect(new Kind(explanation).message).toBe(
      'reformerAttention: seqLen is not a multiple of chunkLength.\n' +
        '  expected  a multiple of 64 (chunkLength)\n' +
        '  got       1000\n' +
        '  remedy    padTo(x, 1024) and pass keyMask, so that nothing attends to the 24 padded keys.',
    );
  });

  it('is known by its class, its base and its name', () => {
    const error = new Kind(explanation);
    expect([error instanceof Kind, error instanceof ExplainedError, error instanceof Error, error.name]).toEqual([true, true, true, name]);
    expect(`${error}`.startsWith(`${name}: reformerAttention: `)).toBe(true);
    expect([ShapeError, ConfigError, FileError].filter((Other) => error instanceof Other)).toEqual([Kind]);
  });

  it('keeps its cause', () => {
    const cause = new Error('below');
    expect(new Kind(explanation, { cause }).cause).toBe(cause);
    expect('cause' in new Kind(explanation)).toBe(false);
  });
});

it('an error has parts of bounded length', () => {
  const error = new ConfigError({ ...explanation, got: `a${'x'.repeat(1e6)}z` });
  expect(error.got).toMatch(/^ax+ … x+z$/);
  expect(error.message.length).toBeLessThan(2000);
});

it('an error carries each part unchanged, as a field and in its message', () => {
  const anyText = fc.string({ unit: 'grapheme' });
  fc.assert(
    fc.property(fc.record({ caller: anyText, problem: anyText, expected: anyText, got: anyText, remedy: anyText }), (parts) => {
      const error = new ConfigError(parts);
      expect({ expected: error.expected, got: error.got, remedy: error.remedy }).toEqual({
        expected: parts.expected,
        got: parts.got,
        remedy: parts.remedy,
      });
      for (const part of Object.values(parts)) expect(error.message).toContain(part);
    }),
  );
});

it('shows characters that steer a terminal, or turn a line, by their numbers', () => {
  const { message } = new ConfigError({
    caller: 'f',
    problem: 'a name must be plain.',
    expected: 'a\nb',
    got: 'x\u001b[31m\u0000\u202e\u2028',
    remedy: 'none.',
  });
  expect(message).toBe('f: a name must be plain.\n  expected  a\nb\n  got       x\\u001b[31m\\u0000\\u202e\\u2028\n  remedy    none.');
});
