import {
  additionTask,
  associativeRecallTask,
  copyTask,
  duplicationTask,
  listOpsTask,
  motifPairsTask,
  needleTask,
  regimeTask,
  sortingTask,
  type Task,
} from '@longspan/training';

import type { TaskName } from './task-list.ts';

/** In sizes that two small layers learn in seconds; those of packages/training/test/learnt-tasks.test.ts. */
export const madeTasks: Readonly<Record<TaskName, () => Task>> = {
  needle: () => needleTask({ length: 12, keys: 3, values: 4, hay: 4 }),
  copy: () => copyTask({ count: 4, symbols: 4, delay: 4 }),
  duplication: () => duplicationTask({ count: 4, symbols: 6 }),
  recall: () => associativeRecallTask({ pairs: 2, queries: 12, keys: 4, values: 4 }),
  'list operations': () => listOpsTask({ length: 5, depth: 1, maxArguments: 2 }),
  sorting: () => sortingTask({ count: 5, symbols: 8 }),
  addition: () => additionTask({ digits: 1, base: 6 }),
  'motif pairs': () => motifPairsTask({ length: 10, distance: 3, motifLength: 1, symbols: 6 }),
  regimes: () => regimeTask({ length: 14, regimes: 2, dwell: 3, values: 4 }),
};
