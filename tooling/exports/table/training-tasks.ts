import { createKey } from '@longspan/core-tensor';
import * as tasks from '@longspan/training';
import { type Row, row, type Table } from '../row.ts';

interface Made {
  example(key: unknown): { readonly tokens: Int32Array };
}

/** A function that makes a task, and the task's own. */
const taskRow = (options: object): Row =>
  row([() => [options]], undefined, {
    methods: {
      example: { calls: [() => [createKey(1)]] },
      solve: { calls: [(made) => [[...(made as Made).example(createKey(1)).tokens]]] },
    },
  });

export const tasksTable: Table = {
  additionTask: taskRow({ digits: 3, base: 10 }),
  associativeRecallTask: taskRow({ pairs: 2, queries: 3, keys: 4, values: 4, gap: 1 }),
  copyTask: taskRow({ count: 3, symbols: 4, delay: 2 }),
  duplicationTask: taskRow({ count: 3, symbols: 4 }),
  listOpsTask: taskRow({ length: 20, minLength: 4, depth: 2, maxArguments: 3, nesting: 0.3 }),
  motifPairsTask: taskRow({ length: 40, distance: 8, motifLength: 3, symbols: 4 }),
  needleTask: taskRow({ length: 20, needles: 2, keys: 4, values: 4, hay: 5 }),
  regimeTask: taskRow({ length: 30, regimes: 2, dwell: 3, values: 8 }),
  sortingTask: taskRow({ count: 3, symbols: 4 }),
  taskBatch: row([() => [tasks.copyTask(), { batch: 2, key: createKey(1) }]]),
};
