import { withBackend } from '@longspan/tooling/expect';
import { memory } from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { checkpointOf, smallWeights } from '../../test/checkpoint.ts';
import { fromPretrained } from '../pretrained/from-pretrained.ts';
import { savePretrained } from '../pretrained/save-pretrained.ts';

await withBackend('cpu');

it.each(['a\nb\0c', 'file:///models/a%00b', 'file://elsewhere/models/a', 'file:///a%2Fb'])(
  '%j, which no file can be called, is neither read nor written',
  async (path) => {
    const rule = 'a folder must be named by a path that files can have.';
    await expect(fromPretrained(path)).rejects.toThrow(`fromPretrained: ${rule}`);
    const model = await fromPretrained(checkpointOf(await smallWeights()));
    const before = memory().numTensors;
    await expect(savePretrained(model, path)).rejects.toThrow(`savePretrained: ${rule}`);
    expect(memory().numTensors).toBe(before);
    model.dispose();
  },
);
