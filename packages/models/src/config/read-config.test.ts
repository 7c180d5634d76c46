import { expect, it } from 'vitest';
import * as z from 'zod/mini';
import { bertConfig } from '../family/bert/config.ts';
import { count } from './kinds.ts';
import { readConfig } from './read-config.ts';

it('keeps what the family does not read as it came, whatever it is: records within themselves, functions', () => {
  const within: Record<string, unknown> = {};
  within['self'] = within;
  const notes = () => 1;
  const { unread } = bertConfig({ hidden_size: 8, within, notes });
  expect(Object.keys(unread ?? {})).toEqual(['within', 'notes']);
  expect(unread?.['notes']).toBe(notes);
});

it('names a key in camelCase that there is not, and what a value must be', () => {
  expect(() => bertConfig({ hiddenSise: 8 } as never)).toThrow('did you mean hiddenSize?');
  expect(() => bertConfig({ hidden_size: -1 })).toThrow('bertConfig: hiddenSize must be at least 1.');
  expect(() => bertConfig({ hidden_act: 'mish' })).toThrow('bertConfig: hiddenAct must be "gelu", ');
});

it('refuses lists with entries left out, and endless ones, without looking at them all', () => {
  const schema = z.looseObject({ sizes: z._default(z.array(count()), [4]), nested: z.optional(z.array(z.array(count()))) });
  expect(readConfig('read', schema, { sizes: [1, 2] })).toEqual({ sizes: [1, 2] });
  const refused = 'must be a list of at most 65536 entries, none of them left out.';
  for (const sizes of [new Array<number>(3), new Array<number>(2 ** 32 - 1), new Array<number>(2 ** 16 + 1).fill(1)]) {
    expect(() => readConfig('read', schema, { sizes })).toThrow(`read: sizes ${refused}`);
    expect(() => readConfig('read', schema, { nested: [[1], sizes] })).toThrow(`read: nested ${refused}`);
  }
});
