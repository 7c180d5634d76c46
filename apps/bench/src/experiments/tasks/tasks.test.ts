import { createKey } from '@longspan/core-tensor/key';
import { expect, it } from 'vitest';
import { someMachine as machine } from '../../../test/some-run.ts';
import type { Outcome } from '../../run/experiment.ts';
import type { TaskFigures } from './input.ts';
import { madeTasks } from './made-tasks.ts';
import { mechanismNames } from './mechanism-names.ts';
import { taskLayers } from './task-layers.ts';
import { taskNames, taskSettings } from './task-list.ts';
import { tasks, unable } from './tasks.ts';

const scored = (point: string, score: number, steps = 100): Outcome<TaskFigures> => ({
  point,
  wallSeconds: 1,
  ending: { kind: 'done', result: { score, chance: 0.25, answers: 256, steps } },
});
const findings = (full: boolean, ...outcomes: Outcome<TaskFigures>[]) => ({ options: { seed: 0, full, flags: {} }, machine, outcomes });

it('has every mechanism and every task, in bounds well above chance', () => {
  expect(Object.keys(taskLayers)).toEqual([...mechanismNames]);
  for (const name of taskNames) {
    const task = madeTasks[name]();
    const { chance, length } = task;
    const { targets } = task.example(createKey(0));
    expect(taskSettings[name].bound).toBeGreaterThan(1.25 * chance);
    expect(taskSettings[name].distance).toBeLessThan(length);
    expect(taskSettings[name].length).toBe(length);
    const { answersFrom } = taskSettings[name];
    expect(Array.from(targets, (target) => target >= 0)).toEqual(Array.from(targets, (_, at) => at >= answersFrom));
  }
});

it('trains no mechanism that sees the answers, and one of a short window although it cannot', () => {
  const names = (full: boolean) => tasks.points({ seed: 0, full, flags: {} }).map(({ name }) => name);
  expect(names(false)).toHaveLength(mechanismNames.length);
  expect(names(true)).toHaveLength(9 * mechanismNames.length - 3 * 3);
  expect(names(true)).not.toContain('sorting: HAT');
  expect(names(true)).toContain('needle: sliding window of 4');
  expect(unable('needle', 'sliding window of 4')).toBe('reaches 6 of 11 tokens');
  expect(unable('needle', 'sliding window of 8')).toBeUndefined();
  expect(unable('copy', 'local, buckets of 4')).toBeUndefined(); // all four answers stand in one bucket
  expect(unable('recall', 'local, buckets of 4')).toBe('reaches 11 of 15 tokens');
  expect(unable('needle', 'Longformer pattern')).toBeUndefined(); // the last token is global
  expect(unable('copy', 'Longformer pattern')).toBe('reaches 6 of 8 tokens');
  expect(unable('recall', 'Longformer layer')).toBe('reaches 12 of 15 tokens');
});

it('doubles the steps of what can learn, with --full alone', () => {
  const doublings = (full: boolean) =>
    Object.fromEntries(tasks.points({ seed: 0, full, flags: {} }).map(({ name, input }) => [name, input.doublings]));
  expect(doublings(true)).toMatchObject({ 'needle: LSH': 5, 'copy: HAT': 5, 'needle: sliding window of 4': 0 });
  expect(doublings(false)['needle: LSH']).toBe(0);
});

it('shows scores, those below the bound in brackets, and says what cannot be', () => {
  const some = [
    scored('needle: causal, all tokens', 0.97),
    scored('needle: LSH', 0.4, 3200),
    scored('needle: routing', 0.95, 400),
    scored('needle: sliding window of 4', 0.3),
  ];
  const [table, settings] = tasks.tables(findings(true, ...some));
  const cell = (mechanism: string, task: string): string | undefined =>
    table?.rows.find(([name]) => name === mechanism)?.[(table?.head ?? []).indexOf(task)];
  expect(cell('causal, all tokens', 'needle')).toBe('0.97');
  expect(cell('LSH', 'needle')).toBe('(0.40), 32x');
  expect(cell('routing', 'needle')).toBe('0.95, 4x');
  expect(cell('sliding window of 4', 'needle')).toBe('(0.30), reaches 6 of 11 tokens');
  expect(cell('HAT', 'sorting')).toBe('sees the answers');
  expect(cell('HAT', 'needle')).toBe('not measured');
  expect(settings?.rows[0]).toEqual(['needle', '0.25', '0.90', '11', '100', '256']);
  expect(tasks.headline(findings(true, ...some))).toEqual([
    "2 of 3 pairs of a task and a mechanism that can are learnt above the task's bound.",
    'Not learnt: needle by LSH (0.40).',
  ]);
});
