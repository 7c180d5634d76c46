import { padding, paddingOfLengths } from '@longspan/core-tensor';
import { expect, it } from 'vitest';
import { causal } from '../mask/index.ts';
import { paddingMask, withoutPaddedRows, withoutPadding } from './padding-mask.ts';

it('no mask where no token is padding', () => {
  expect(paddingMask(undefined)).toBeUndefined();
  expect(paddingMask(padding([[1, 1]]))).toBeUndefined();
  const mask = causal();
  expect(withoutPadding(mask, padding([[1, 1]]))).toBe(mask);
  expect(withoutPaddedRows(mask, padding([[1, 1]]))).toBe(mask);
});

it('by lengths where padding stands at the end, by positions elsewhere, one list where rows are alike', () => {
  const rows = (...texts: readonly string[]) => paddingMask(padding(texts.map((text) => Array.from(text, Number))))?.name;
  expect(rows('110', '111', '000')).toBe('keyPadding({ lengths: [2, 3, 0] })');
  expect(rows('011', '110')).toBe('keysAt([[0], [2]]).not()');
  expect(rows('011', '011')).toBe('keysAt([0]).not()');
  expect(withoutPaddedRows(causal(), padding([[0, 1, 0]])).name).toBe('causal().and(keysAt([0, 2]).not()).and(queriesAt([0, 2]).not())');
});

it('is the same object for the same padding, and another for an equal one', () => {
  const [one, other, mask] = [paddingOfLengths([3, 1]), paddingOfLengths([3, 1]), causal()];
  expect(paddingMask(one)).toBe(paddingMask(one));
  expect(paddingMask(other)).not.toBe(paddingMask(one));
  expect(withoutPadding(mask, one)).toBe(withoutPadding(mask, one));
  expect(withoutPaddedRows(mask, one)).toBe(withoutPaddedRows(mask, one));
  expect(withoutPadding(causal(), one)).not.toBe(withoutPadding(mask, one));
  expect(withoutPadding(mask, one).name).toBe('causal().and(keyPadding({ lengths: [3, 1] }))');
});
