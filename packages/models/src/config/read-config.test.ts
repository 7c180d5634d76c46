import { expect, it } from 'vitest';
import { bertConfig } from '../family/bert/config.ts';

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
