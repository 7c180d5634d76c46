import { withBackend } from '@longspan/tooling/expect';
import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { checkpointOf, smallConfig, smallWeights } from '../../test/checkpoint.ts';
import { fromPretrained } from './from-pretrained.ts';

const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
beforeAll(() => withBackend('cpu'));
beforeEach(() => void warn.mockClear());

describe('keys that the family does not know', () => {
  it('may stand in config.json, and be changed there', async () => {
    const source = checkpointOf(await smallWeights(), { ...smallConfig, my_own: 1 });
    const { json: found, dispose } = await fromPretrained(source, { config: { myOwn: 2, label2id: { no: 0, yes: 1 } } });
    expect(found).toMatchObject({ my_own: 2, label2id: { no: 0, yes: 1 } });
    dispose();
  });
});
