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
    const { files, ...all } = totals.at(-1) as Extract<PretrainedProgress, { status: 'progress_total' }>;
    expect(all).toMatchObject({ progress: 100, loaded: Object.values(files).reduce((sum, { total }) => sum + total, 0) });
    expect(Object.keys(files).sort()).toEqual([
      ...['1_Pooling/config.json', 'config.json', 'config_sentence_transformers.json', 'model.safetensors', 'modules.json'],
      ...['sentence_bert_config.json', 'tokenizer.json'],
    ]);
    const done = events.flatMap((event) => (event.status === 'done' ? [event.file] : []));
    expect(done.sort()).toEqual(Object.keys(files).sort());
    const loaded = ofWeights.flatMap((event) => (event.status === 'progress' ? [event.loaded] : []));
    expect(loaded).toEqual([...loaded].sort((a, b) => a - b));
  });
});
