import { expect, it, vi } from 'vitest';
import { codeOf } from '../src/views/train/code.ts';
import { mechanismIds } from '../src/views/train/mechanisms.ts';
import type { Settings } from '../src/views/train/settings.ts';
import { subjects, taskIds } from '../src/views/train/subjects.ts';
import { runCode } from './run-code.ts';

vi.setConfig({ testTimeout: 300_000 });

const settings = (more: Partial<Settings> = {}): Settings => ({
  subject: 'copy',
  sizes: [],
  mechanism: 'full',
  span: 4,
  width: 16,
  heads: 2,
  layers: 1,
  context: 16,
  batch: 8,
  steps: 5,
  rate: 0.006,
  seed: 1,
  ...more,
});

it('the code of the first settings trains, and says what was learnt', async () => {
  const said = await runCode(codeOf([settings({ width: 32, heads: 4, layers: 2, batch: 32, steps: 40 })]));
  const accuracy = Number(/^accuracy (\S+), chance 0\.2500$/m.exec(said)?.[1]);
  expect(accuracy).toBeGreaterThan(0.9);
  expect(said.split('\n').filter((line) => /^step \d+: \d+\.\d{4} nats$/.test(line)).length).toBe(10);
});

/** One of each kind that code is written in: masks are in the first test. */
const kinds = ['moba', 'lsh', 'xl', 'hourglass'] as const;

it.each(kinds)('the code of %s runs on a task', async (mechanism) => {
  expect(await runCode(codeOf([settings({ mechanism })]))).toMatch(/^accuracy 0\.\d{4}, chance 0\.2500$/m);
});

it('the code of two that are set side by side runs both, on the same task', async () => {
  const said = await runCode(codeOf([settings(), settings({ mechanism: 'xl' })]));
  expect(said).toMatch(
    /^Full causal attention\n(step .*\n)+accuracy 0\.\d{4}, chance 0\.2500\n.*Transformer-XL.*\n(step .*\n)+accuracy 0\.\d{4}, chance 0\.2500\n$/,
  );
});

it('the code of every mechanism imports what it calls', () => {
  for (const mechanism of mechanismIds) {
    const code = codeOf([settings({ mechanism })]);
    const imported = [...code.matchAll(/^import \{ (.*) \} from/gm)].flatMap(([, names]) => (names as string).split(', '));
    for (const name of imported) expect(code.split(name).length, `${mechanism}: ${name}`).toBeGreaterThan(2);
  }
});

it.each(['sinks', 'xl'] as const)('the code of %s runs on a text', async (mechanism) => {
  expect(await runCode(codeOf([settings({ mechanism, subject: 'text' })]))).toMatch(/^\d\.\d\d bits per byte at the last step$/m);
});

it.each(taskIds)('the code names the task %s with its sizes', (subject) => {
  const code = codeOf([settings({ subject })]);
  const { task, sizes } = subjects[subject];
  expect(code).toContain(`const task = ${task}({ ${sizes.map(({ option, initial }) => `${option}: ${initial}`).join(', ')} });`);
  expect(code).toMatch(new RegExp(`import \\{ .*\\b${task}\\b.* \\} from '@longspan/training'`));
});
