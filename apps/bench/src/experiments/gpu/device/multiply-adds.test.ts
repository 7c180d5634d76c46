import { expect, it } from 'vitest';
import { flopsOf, multiplyAddsText } from './multiply-adds.ts';

it('counts the multiply-adds that its text has, in four lanes of each thread', () => {
  const text = multiplyAddsText(4);
  const inText = text.match(/= fma\(/g)?.length ?? 0;
  const threads = Number(/@workgroup_size\((\d+)\)/.exec(text)?.[1]);
  expect(flopsOf(4, 3, 5)).toBe(2 * 4 * inText * threads * 3 * 5);
});
