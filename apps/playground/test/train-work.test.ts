import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import '@tensorflow/tfjs-backend-wasm';
import '@tensorflow/tfjs-layers';
import { createKey } from '@longspan/core-tensor';
import { register } from '@longspan/wasm-backend';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { makeTask } from '../src/views/train/make-task.ts';
import { mechanismIds } from '../src/views/train/mechanisms.ts';
import { type Settings, settingsSchema } from '../src/views/train/settings.ts';
import { sizesOf, subjects, taskIds } from '../src/views/train/subjects.ts';
import { api, type Begun, type GivenText } from '../src/views/train/train-work.ts';
import type { Update } from '../src/views/train/update.ts';

vi.mock('../src/compute/start-device.ts', () => ({
  startDevice: async () => {
    const { threads } = await register({ threads: 1 });
    return { backend: 'wasm', adapter: undefined, threads, note: undefined };
  },
}));

vi.setConfig({ testTimeout: 300_000 });

/** Checkpoints go into a folder of the place where the process stands. */
beforeAll(() => process.chdir(mkdtempSync(join(tmpdir(), 'train-view-'))));

const settings = (more: Partial<Settings> = {}): Settings => ({
  subject: 'copy',
  sizes: [],
  mechanism: 'full',
  span: 4,
  width: 32,
  heads: 4,
  layers: 2,
  context: 16,
  batch: 32,
  steps: 40,
  rate: 0.006,
  seed: 1,
  ...more,
});

const small = { batch: 4, width: 16, heads: 2, steps: 6 } as const;
const text: GivenText = { id: 'own', title: 'Pages', text: 'the cat sat on the mat, and the dog sät on the log. '.repeat(12) };

async function trained(
  own: Settings,
  { from = { at: 'first' } as Parameters<typeof api.begin>[5], steps = Number.POSITIVE_INFINITY, place = 'a', given = text } = {},
) {
  const begun = await api.begin('', 'wasm', place, own, own.subject === 'text' ? given : undefined, from);
  const updates: Update[] = [];
  await api.go(steps, (update) => updates.push(update));
  return { begun, updates, ...after(begun, updates) };
}

const after = (begun: Begun, updates: readonly Update[]) => ({
  losses: [...begun.losses, ...updates.flatMap(({ losses }) => losses)],
  judged: [...begun.judged, ...updates.flatMap(({ judged }) => judged)],
  look: updates.findLast(({ look }) => look !== undefined)?.look,
  file: updates.findLast(({ saved }) => saved !== undefined)?.saved,
});

describe('the first settings', () => {
  it('say what is learnt before anything is trained', () => {
    const { parameters, vocabulary, length, chance, example } = api.preview(settings());
    expect({ parameters, vocabulary, length, chance }).toEqual({ parameters: 26_048, vocabulary: 6, length: 12, chance: 0.25 });
    expect(makeTask('copy', []).solve(example?.tokens ?? [])).toEqual(example?.targets);
  });

  it('are learnt in 40 steps; a window that is too short learns nothing', async () => {
    const { losses, judged, look, begun } = await trained(settings());
    expect(losses.length).toBe(40);
    expect(judged.map(({ step }) => step)).toEqual([0, 5, 10, 15, 20, 25, 30, 35, 40]);
    expect(judged.at(-1)?.value).toBeGreaterThan(0.9);
    const { example } = api.preview(settings());
    expect(look?.step).toBe(40);
    const right = example?.targets.filter((target, at) => target >= 0 && target === look?.answers[at]).length;
    expect(right).toBe(4);
    expect([...begun.shown]).toEqual([...(example?.tokens ?? [])]);
    const short = await trained(settings({ mechanism: 'window' }));
    expect(short.judged.at(-1)?.value).toBeLessThan(0.45);
    expect(short.losses[0]).toBe(losses[0] === undefined ? 0 : short.losses[0]);
  });
});

describe.each(mechanismIds)('%s', (mechanism) => {
  it.each(['copy', 'text'] as const)('trains on %s, and its pictures sum to 1 and see nothing later', async (subject) => {
    const { losses, look, judged } = await trained(settings({ ...small, mechanism, subject }));
    expect(losses.length).toBe(6);
    expect(losses.every(Number.isFinite)).toBe(true);
    expect(judged.at(-1)).toEqual({ step: 6, value: expect.any(Number) });
    const pictures = look?.pictures;
    if (mechanism === 'hourglass') {
      expect(pictures).toBeUndefined();
      return;
    }
    const { layers, heads, length, weights } = pictures ?? { layers: 0, heads: 0, length: 0, weights: new Uint8Array(0) };
    expect([layers, heads, length]).toEqual([2, 2, subject === 'copy' ? 12 : 16]);
    for (let row = 0; row < layers * heads * length; row++) {
      const own = [...weights.subarray(row * length, (row + 1) * length)];
      const query = row % length;
      expect(Math.abs(own.reduce((sum, each) => sum + each, 0) - 255)).toBeLessThanOrEqual(length);
      expect(own.slice(query + 1).every((each) => each === 0)).toBe(true);
    }
    if (mechanism === 'window')
      expect(weights.subarray((length - 1) * length, (length - 1) * length + length - 4).every((each) => each === 0)).toBe(true);
  });
});

it('goes on after a pause, from a file and from an earlier visit to the same losses, bit for bit', async () => {
  for (const more of [{}, { subject: 'text', mechanism: 'xl' }] as const) {
    const own = settings({ ...small, steps: 12, ...more });
    const whole = await trained(own, { place: 'whole' });
    const half = await trained(own, { place: 'half', steps: 7 });
    expect(half.losses).toEqual(whole.losses.slice(0, 7));
    expect(half.file?.step).toBe(7);
    const rest: Update[] = [];
    await api.go(2, (update) => rest.push(update));
    expect(rest.flatMap(({ losses }) => losses)).toEqual(whole.losses.slice(7, 9));
    const kept = (await api.kept('half'))?.log;
    expect(kept?.losses).toEqual(whole.losses.slice(0, 9));
    expect(kept?.settings).toEqual(own);
    const resumed = await trained(own, { place: 'half', from: { at: 'kept' } });
    expect(resumed.begun.losses).toEqual(whole.losses.slice(0, 9));
    expect(resumed.losses).toEqual(whole.losses);
    expect(resumed.judged).toEqual(whole.judged);
    const fromFile = await trained(own, { place: 'other', from: { at: 'kept', file: half.file?.file } });
    expect(fromFile.losses).toEqual(whole.losses);
  }
});

it('pauses between two steps', async () => {
  await api.begin('', 'wasm', 'paused', settings({ steps: 500 }), undefined, { at: 'first' });
  const updates: Update[] = [];
  const going = api.go(Number.POSITIVE_INFINITY, (update) => {
    updates.push(update);
    if (updates.length === 2) api.pause();
  });
  await going;
  const losses = updates.flatMap((each) => each.losses);
  const file = updates.findLast(({ saved }) => saved !== undefined)?.saved;
  expect(losses.length).toBeLessThan(500);
  expect(file?.step).toBe(losses.length);
});

it('goes on with no other text, and says which one it is', async () => {
  const own = settings({ ...small, subject: 'text' });
  await trained(own, { place: 'text', steps: 2 });
  await expect(trained(own, { place: 'text', from: { at: 'kept' }, given: { ...text, text: `${text.text} More.` } })).rejects.toThrow(
    'This run has learnt from “Pages”, and goes on with that text alone.',
  );
  await expect(trained(own, { given: { ...text, text: 'too short' } })).rejects.toThrow('A text must have at least 68 bytes');
});

it('weights are saved with what they are of, and opened again', async () => {
  const own = settings(small);
  const { look } = await trained(own);
  const file = await api.weights();
  expect(api.settingsOf(file)).toEqual(own);
  const begun = await api.begin('', 'wasm', 'a', own, undefined, { at: 'weights', file });
  expect(begun.look.answers).toEqual(look?.answers);
  expect(begun.losses).toEqual([]);
  await expect(api.begin('', 'wasm', 'a', settings({ ...small, width: 32 }), undefined, { at: 'weights', file })).rejects.toThrow(
    'the file must hold every parameter of languageModel in its shape.',
  );
  expect(() => api.settingsOf(file.slice(0, 100))).toThrow('readSafetensors');
  expect(() => api.settingsOf(new TextEncoder().encode('<!doctype html>'.repeat(10)))).toThrow('readSafetensors');
});

describe('tasks', () => {
  it.each(taskIds)('%s: tokens are said as people read them, and all of them differ', (subject) => {
    const task = makeTask(subject, []);
    const sizes = sizesOf(subject, []);
    const said = Array.from({ length: task.vocabulary }, (_, token) => subjects[subject].say(token, sizes));
    expect(said.every((each) => each !== '')).toBe(true);
    if (subject !== 'listOps') expect(new Set(said).size).toBe(said.length);
    const { tokens, targets } = task.example(createKey(1));
    expect(task.solve(tokens)).toEqual(targets);
  });

  it('sizes that do not fit together are a sentence', () => {
    expect(() => api.preview(settings({ subject: 'recall', sizes: [8, 8, 4, 4] }))).toThrow('there must be a key for each pair.');
  });

  it('settings of a stranger are checked', () => {
    expect(settingsSchema.safeParse(settings()).success).toBe(true);
    expect(settingsSchema.safeParse({ ...settings(), width: 33 }).success).toBe(false);
    expect(settingsSchema.safeParse({ ...settings(), steps: 1e9 }).success).toBe(false);
  });
});
