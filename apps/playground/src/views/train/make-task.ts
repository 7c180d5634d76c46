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
import { sizesOf, type TaskId } from './subjects.ts';

const makers: Readonly<Record<TaskId, (sizes: Readonly<Record<string, number>>) => Task>> = {
  copy: copyTask,
  duplication: duplicationTask,
  recall: associativeRecallTask,
  needle: needleTask,
  listOps: listOpsTask,
  sorting: sortingTask,
  addition: additionTask,
  motifs: motifPairsTask,
  regime: regimeTask,
};

/** @throws ConfigError, in words for people, where the sizes do not fit together */
export const makeTask = (subject: TaskId, sizes: readonly number[]): Task => makers[subject](sizesOf(subject, sizes));
