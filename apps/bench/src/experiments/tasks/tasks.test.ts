import { expect, it } from 'vitest';
import { someMachine as machine } from '../../../test/some-run.ts';
import type { Outcome } from '../../run/experiment.ts';
import type { TaskFigures } from './input.ts';
import { madeTasks } from './made-tasks.ts';
import { mechanismNames } from './mechanism-names.ts';
import { taskLayers } from './task-layers.ts';
import { taskNames, taskSettings } from './task-list.ts';
import { tasks, unable } from './tasks.ts';

const scored = (point: string, score: number): Outcome<TaskFigures> => ({
  point,
  wallSeconds: 1,
  ending: { kind: 'done', result: { score, chance: 0.25, answers: 256, seconds: 3 } },
});
const findings = (full: boolean, ...outcomes: Outcome<TaskFigures>[]) => ({ options: { seed: 0, full, flags: {} }, machine, outcomes });

it('has every mechanism and every task, in bounds well above chance', () => {
  expect(Object.keys(taskLayers)).toEqual([...mechanismNames]);
  for (const name of taskNames) {
    const { chance, length } = madeTasks[name]();
    expect(taskSettings[name].bound).toBeGreaterThan(1.25 * chance);
    expect(taskSettings[name].distance).toBeLessThan(length);
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
});

it('shows scores, those below the bound in brackets, and says what cannot be', () => {
  const some = [scored('needle: causal, all tokens', 0.97), scored('needle: LSH', 0.4), scored('needle: sliding window of 4', 0.3)];
  const [table, settings] = tasks.tables(findings(true, ...some));
  const cell = (mechanism: string, task: string): string | undefined =>
    table?.rows.find(([name]) => name === mechanism)?.[(table?.head ?? []).indexOf(task)];
  expect(cell('causal, all tokens', 'needle')).toBe('0.97');
  expect(cell('LSH', 'needle')).toBe('(0.40)');
  expect(cell('sliding window of 4', 'needle')).toBe('(0.30), reaches 6 of 11 tokens');
  expect(cell('HAT', 'sorting')).toBe('sees the answers');
  expect(cell('HAT', 'needle')).toBe('not measured');
  expect(settings?.rows[0]).toEqual(['needle', '0.25', '0.90', '11', '200', '3.00 s', '256']);
  expect(tasks.headline(findings(true, ...some))).toEqual([
    "1 of 2 pairs of a task and a mechanism that can are learnt above the task's bound.",
    'Not learnt: needle by LSH (0.40).',
  ]);
});
