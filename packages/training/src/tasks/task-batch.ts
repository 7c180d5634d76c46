import {
  ConfigError,
  isList,
  isRecord,
  requireCountOfNumbers,
  requireInteger,
  requireKind,
  requireKnown,
  show,
} from '@longspan/core-tensor/error';
import type { Key } from '@longspan/core-tensor/key';
import type { Task, TaskExample } from './task.ts';

/** Examples of a task beside each other. Lists of the host, row after row. */
export interface TaskBatch {
  /** [b · n] */
  readonly ids: Int32Array;
  /** [b · n]: the token that each position should name; −100 where none counts. */
  readonly targets: Int32Array;
  readonly shape: readonly [batch: number, length: number];
}

/**
 * Draws a batch of examples: the row of that number is `task.example(key.fold(row))`. Take a key of its own for each step, `key.fold(step)`,
 * and another one for what a model is judged by.
 * @throws ConfigError when batch is not an integer of at least 1
 * @cost that of its examples
 * @example
 * const { ids, targets, shape } = taskBatch(duplicationTask({ count: 2, symbols: 9 }), { batch: 3, key: createKey(0) });
 * [ids.length, targets.length, shape]; // => [15, 15, [3, 5]]
 */
export function taskBatch(task: Task, options: { readonly batch: number; readonly key: Key }): TaskBatch {
  const caller = 'taskBatch';
  requireKind(caller, 'task', task, 'record');
  requireKind(caller, 'task.example', task.example, 'function');
  requireKnown(caller, options, { batch: true, key: true });
  const { batch, key } = options;
  requireInteger(caller, { batch }, 1);
  requireKind(caller, 'key', key, 'key');
  requireInteger(caller, { 'task.length': task.length }, 1);
  requireCountOfNumbers(caller, [batch, task.length]);
  const ids = new Int32Array(batch * task.length);
  const targets = new Int32Array(ids.length);
  for (let row = 0; row < batch; row++) {
    const example = task.example(key.fold(row));
    requireExample(caller, example, task.length);
    ids.set(example.tokens, row * task.length);
    targets.set(example.targets, row * task.length);
  }
  return { ids, targets, shape: [batch, task.length] };
}

/** Throws unless a task's example has a token and a target for each place. */
function requireExample(caller: string, example: TaskExample, length: number): void {
  const isWhole = (list: unknown): boolean => isList(list) && list.length === length;
  if (isRecord(example) && isWhole(example.tokens) && isWhole(example.targets)) return;
  throw new ConfigError({
    caller,
    problem: "a task's example must have a token and a target for each place.",
    expected: `{ tokens, targets }, ${length} each  (task.length)`,
    got: show(example),
    remedy: 'give a task as it was made, or correct its example and length.',
  });
}
