import { causal, globalTokens, slidingWindow } from '@longspan/attention-sparse/mask';
import { expect, it } from 'vitest';
import { deciding } from './deciding.ts';

const [window, global, past] = [slidingWindow({ left: 2 }), globalTokens([0]), causal()];
const mask = window.or(global).and(past);
const names = (query: number, key: number): readonly [boolean, ...string[]] => {
  const { isVisible, by } = deciding(mask, query, key);
  return [isVisible, ...by.map(({ name }) => name)];
};

it('names the part that allows, the part that forbids, or all that have to', () => {
  expect(names(9, 8)).toEqual([true, window.name, past.name]);
  expect(names(9, 0)).toEqual([true, global.name, past.name]);
  expect(names(9, 4)).toEqual([false, window.name, global.name]);
  expect(names(0, 9)).toEqual([false, past.name]);
});
