import { expect, it } from 'vitest';
import { ConfigError, requireHeads } from './index.ts';

it('requireHeads takes a width that is a multiple of heads, and rejects another, or an invalid count', () => {
  requireHeads('layer', { width: 12, heads: 4 });
  expect(() => requireHeads('layer', { width: 10, heads: 4 })).toThrow(
    new ConfigError({
      caller: 'layer',
      problem: 'width must be a multiple of heads.',
      expected: 'width a multiple of heads',
      got: 'width 10, heads 4',
      remedy: 'choose width = heads · headDim.',
    }),
  );
  expect(() => requireHeads('layer', { width: 12, heads: 0 })).toThrow('heads must be an integer of at least 1.');
  expect(() => requireHeads('layer', { width: 7.5, heads: 2.5 })).toThrow('width must be an integer of at least 1.');
});
