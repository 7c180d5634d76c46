import { leaked, withBackend } from '@longspan/tooling/expect';
import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { checkpointOf, smallConfig, smallWeights } from '../../test/checkpoint.ts';
import { fromPretrained } from './from-pretrained.ts';

const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
beforeAll(() => withBackend('cpu'));
beforeEach(() => void warn.mockClear());

describe('numbers of a config', () => {
  it('cost no more than the file that they come with', async () => {
    const layers = async (num_hidden_layers: number) =>
      fromPretrained(checkpointOf(await smallWeights(), { ...smallConfig, num_hidden_layers }));
    await expect(layers(1e9)).rejects.toThrow('numHiddenLayers must be at most 10000.');
    await expect(layers(9000)).rejects.toThrow('numHiddenLayers must be a number of layers that the checkpoint has.');
    const labels = { head: 'sequenceClassification', config: { numLabels: 2e9 } } as const;
    await expect(fromPretrained(checkpointOf(await smallWeights()), labels)).rejects.toThrow(
      'a head that is drawn must not be larger than the checkpoint.',
    );
    expect(await leaked(async () => (await fromPretrained(checkpointOf(await smallWeights()), labels)).parameters)).toEqual({
      tensors: 0,
      buffers: 0,
    });
  });
});
