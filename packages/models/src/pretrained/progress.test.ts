import { fileURLToPath } from 'node:url';
import { withBackend } from '@longspan/tooling/expect';
import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { fromPretrained } from './from-pretrained.ts';
import type { PretrainedProgress } from './progress.ts';

const golden = (name: string): string => fileURLToPath(new URL(`../../../../tooling/golden/checkpoints/${name}`, import.meta.url));
const sentence = golden('tiny-bert-sentence');

const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
beforeAll(() => withBackend('cpu'));
beforeEach(() => void warn.mockClear());

describe('progress', () => {
  it('tells of each file and of all, with the words of transformers.js', async () => {
    const events: PretrainedProgress[] = [];
    const { dispose } = await fromPretrained(sentence, { progress: (event) => void events.push(event) });
    dispose();
    const ofWeights = events.filter((event) => 'file' in event && event.file === 'model.safetensors');
    expect(ofWeights.slice(0, 2)).toEqual([
      { status: 'initiate', name: sentence, file: 'model.safetensors' },
      { status: 'download', name: sentence, file: 'model.safetensors' },
    ]);
    expect(ofWeights.at(-2)).toEqual({
      status: 'progress',
      name: sentence,
      file: 'model.safetensors',
      progress: 100,
      loaded: 45176,
      total: 45176,
    });
    expect(ofWeights.at(-1)).toEqual({ status: 'done', name: sentence, file: 'model.safetensors' });
    expect(events.at(-1)).toEqual({ status: 'ready', name: sentence });
    const totals = events.filter((event) => event.status === 'progress_total');
    expect(totals.at(-1)).toMatchObject({ progress: 100, loaded: 45745, total: 45745 });
    const loaded = ofWeights.flatMap((event) => (event.status === 'progress' ? [event.loaded] : []));
    expect(loaded).toEqual([...loaded].sort((a, b) => a - b));
  });
});
