import { fileURLToPath } from 'node:url';
import { leaked, withBackend } from '@longspan/tooling/expect';
import { memory } from '@tensorflow/tfjs-core';
import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { checkpointOf, smallWeights } from '../../test/checkpoint.ts';
import { fromPretrained } from './from-pretrained.ts';
import type { PretrainedProgress } from './progress.ts';

const golden = (name: string): string => fileURLToPath(new URL(`../../../../tooling/golden/checkpoints/${name}`, import.meta.url));
const sentence = golden('tiny-bert-sentence');

const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
beforeAll(() => withBackend('cpu'));
beforeEach(() => void warn.mockClear());

describe('an end before the end', () => {
  it('by the signal leaves no tensor, wherever it comes', async () => {
    const source = checkpointOf(await smallWeights());
    const bytes = source['model.safetensors'] as Uint8Array;
    for (let last = 0; last < 24; last++) {
      const stop = new AbortController();
      let reads = 0;
      const slow = {
        size: bytes.length,
        read: async (begin: number, end: number) => {
          if (reads++ === last) stop.abort(new Error('enough'));
          return bytes.subarray(begin, end);
        },
      };
      const before = memory().numTensors;
      await expect(fromPretrained({ ...source, 'model.safetensors': slow }, { precision: 'int8', signal: stop.signal })).rejects.toThrow(
        'enough',
      );
      expect(memory().numTensors).toBe(before);
    }
  });

  it('by a signal that is aborted, reads nothing', async () => {
    await expect(fromPretrained(sentence, { signal: AbortSignal.abort(new Error('never')) })).rejects.toThrow('never');
  });

  it('is prompt, although a read never ends', async () => {
    const stop = new AbortController();
    const source = {
      ...checkpointOf(await smallWeights()),
      'model.safetensors': { size: 1e6, read: () => new Promise<Uint8Array>(() => {}) },
    };
    const reading = fromPretrained(source, { signal: stop.signal });
    setTimeout(() => stop.abort(new Error('enough')), 5);
    await expect(reading).rejects.toThrow('enough');
  });

  it('by damaged bytes, a read that throws or a listener that throws leaves no tensor', async () => {
    const source = checkpointOf(await smallWeights());
    const bytes = source['model.safetensors'] as Uint8Array;
    let reads = 0;
    const failing = {
      size: bytes.length,
      read: async (begin: number, end: number) => {
        if (reads++ > 8) throw new Error('disk');
        return bytes.subarray(begin, end);
      },
    };
    const broken = async () => (await fromPretrained({ ...source, 'model.safetensors': failing })).parameters;
    expect(await leaked(broken)).toEqual({ tensors: 0, buffers: 0 });
    const progress = (event: PretrainedProgress) => {
      if (event.status === 'ready') throw new Error('listener');
    };
    expect(await leaked(async () => (await fromPretrained(source, { progress })).parameters)).toEqual({ tensors: 0, buffers: 0 });
  });
});
