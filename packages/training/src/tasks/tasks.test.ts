import { createKey } from '@longspan/core-tensor/key';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { additionTask } from './addition.ts';
import { associativeRecallTask } from './associative-recall.ts';
import { copyTask } from './copy.ts';
import { duplicationTask } from './duplication.ts';
import { listOpsTask } from './list-ops.ts';
import { motifPairsTask } from './motif-pairs.ts';
import { needleTask } from './needle.ts';
import { regimeTask } from './regimes.ts';
import { sortingTask } from './sorting.ts';
import type { Task } from './task.ts';
import { taskBatch } from './task-batch.ts';

const size = (min: number, max: number) => fc.integer({ min, max });

/** Each task over its difficulty. */
const tasks: readonly (readonly [string, fc.Arbitrary<Task>])[] = [
  ['copyTask', fc.record({ count: size(1, 9), symbols: size(1, 9), delay: size(0, 9) }).map(copyTask)],
  ['duplicationTask', fc.record({ count: size(1, 20), symbols: size(1, 30) }).map(duplicationTask)],
  [
    'associativeRecallTask',
    fc
      .record({ pairs: size(1, 8), queries: size(1, 9), keys: size(8, 20), values: size(1, 9), gap: size(0, 5) })
      .map(associativeRecallTask),
  ],
  [
    'needleTask',
    fc.record({ length: size(14, 60), needles: size(1, 4), keys: size(4, 9), values: size(1, 9), hay: size(1, 9) }).map(needleTask),
  ],
  [
    'listOpsTask',
    fc
      .record({
        length: size(12, 60),
        minLength: size(4, 5),
        depth: size(1, 6),
        maxArguments: size(3, 6),
        nesting: fc.constantFrom(0.1, 0.25, 0.5),
      })
      .map(listOpsTask),
  ],
  ['sortingTask', fc.record({ count: size(1, 12), symbols: size(1, 12) }).map(sortingTask)],
  ['additionTask', fc.record({ digits: size(1, 30), base: size(2, 12) }).map(additionTask)],
  [
    'motifPairsTask',
    fc.record({ length: size(30, 60), distance: size(4, 20), motifLength: size(2, 4), symbols: size(5, 8) }).map(motifPairsTask),
  ],
  ['regimeTask', fc.record({ length: size(3, 60), regimes: size(2, 5), dwell: size(1, 9), values: size(6, 20) }).map(regimeTask)],
];

describe.each(tasks)('%s', (_, anyTask) => {
  it("the solver's answers are those of the task, of which there are some", () => {
    fc.assert(
      fc.property(anyTask, fc.nat(), (task, seed) => {
        const { tokens, targets } = task.example(createKey(seed));
        expect([tokens.length, targets.length]).toEqual([task.length, task.length]);
        expect(Math.min(...tokens)).toBeGreaterThanOrEqual(0);
        expect(Math.max(...tokens, ...targets)).toBeLessThan(task.vocabulary);
        expect(targets.some((target) => target >= 0)).toBe(true);
        expect([...task.solve(tokens)]).toEqual([...targets]);
        expect(task.example(createKey(seed))).toEqual({ tokens, targets });
      }),
      { numRuns: 200 },
    );
  });

  it('no answer needs a token after it', () => {
    // Two examples that agree up to some place have the same answers up to there: what comes later is not read.
    fc.assert(
      fc.property(anyTask, fc.nat(), fc.nat(), (task, seed, place) => {
        const { tokens, targets } = task.example(createKey(seed));
        const answered = targets.findIndex((target) => target >= 0);
        const at = answered + (place % (task.length - answered));
        const other = task.example(createKey(seed + 1));
        const mixed = Int32Array.from(tokens, (token, index) => (index <= at ? token : (other.tokens[index] as number)));
        let found: Int32Array;
        try {
          found = task.solve(mixed);
        } catch {
          return; // no example any more
        }
        expect([...found.subarray(0, at + 1)]).toEqual([...targets.subarray(0, at + 1)]);
      }),
      { numRuns: 100 },
    );
  });

  it('says what its options and its tokens are', () => {
    const task = fc.sample(anyTask, { numRuns: 1, seed: 1 })[0] as Task;
    expect(() => task.solve([1])).toThrow(`${task.name}: tokens must be those of an example of this task.`);
    expect(() => task.example(7 as never)).toThrow(`${task.name}: key must be a key of createKey.`);
  });
});

const defaults = [
  copyTask(),
  duplicationTask({ symbols: 5 }),
  associativeRecallTask({ values: 6 }),
  needleTask({ length: 24 }),
  listOpsTask(),
  sortingTask({ count: 4, symbols: 6 }),
  additionTask({ digits: 3 }),
  motifPairsTask({ length: 40, distance: 9 }),
  regimeTask({ length: 40 }),
];

it.each(defaults.map((task) => [task.name, task] as const))('%s: chance is what the likeliest answer of each place reaches', (_, task) => {
  const examples = 3000;
  const counts = Array.from({ length: task.length }, () => new Map<number, number>());
  for (let at = 0; at < examples; at++) {
    for (const [place, target] of task.example(createKey('chance').fold(at)).targets.entries()) {
      if (target >= 0) counts[place]?.set(target, (counts[place]?.get(target) ?? 0) + 1);
    }
  }
  const answered = counts.filter((each) => each.size > 0);
  const best = answered.reduce((sum, each) => sum + Math.max(...each.values()), 0) / (answered.length * examples);
  // The likeliest of several equal ones is found above its probability: by two or three deviations.
  expect(Math.abs(best - task.chance)).toBeLessThan(0.035);
});

describe('ListOps', () => {
  it('is worked out as in the paper: minimum, maximum, median and sum modulo 10', () => {
    const task = listOpsTask({ length: 12 });
    const written: Readonly<Record<string, number>> = { '[MIN': 11, '[MAX': 12, '[MED': 13, '[SM': 14, ']': 15 };
    const answer = (expression: string): number => {
      const tokens = expression.split(' ').map((word) => written[word] ?? Number(word) + 1);
      return (task.solve([...new Array(12 - tokens.length).fill(0), ...tokens])[11] as number) - 1;
    };
    expect(answer('[MAX 2 9 [MIN 4 7 ] 0 ]')).toBe(9);
    expect(answer('[MED 1 8 3 ]')).toBe(3);
    expect(answer('[MED 1 8 3 4 ]')).toBe(3); // 3.5, cut
    expect(answer('[SM 9 9 [MIN 8 7 ] ]')).toBe(5);
    expect(() => answer('[SM 9 9 9')).toThrow('tokens must be those of an example');
  });
});

it('taskBatch puts examples of keys of their own into rows', () => {
  const task = sortingTask({ count: 3 });
  const { ids, targets, shape } = taskBatch(task, { batch: 4, key: createKey(5) });
  expect(shape).toEqual([4, 6]);
  const third = task.example(createKey(5).fold(2));
  expect([...ids.subarray(12, 18)]).toEqual([...third.tokens]);
  expect([...targets.subarray(12, 18)]).toEqual([...third.targets]);
});

it('options that are not possible are errors', () => {
  expect(() => copyTask({ count: 0 })).toThrow('copyTask: count must be an integer from 1');
  expect(() => copyTask({ lenght: 3 } as never)).toThrow('copyTask: every option must be one of those');
  expect(() => associativeRecallTask({ pairs: 40 })).toThrow('associativeRecallTask: there must be a key for each pair.');
  expect(() => needleTask({ length: 10, needles: 3 })).toThrow('needleTask: the needles must fit into the length');
  expect(() => motifPairsTask({ length: 20, distance: 30 })).toThrow('motifPairsTask: the pair must fit into the length');
  expect(() => regimeTask({ regimes: 5, values: 5 })).toThrow('regimeTask: values must be more than regimes');
  expect(() => listOpsTask({ length: 8, minLength: 9 })).toThrow('listOpsTask: minLength must be at most length.');
  expect(() => listOpsTask({ length: 400, minLength: 390, depth: 1 }).example(createKey(0))).toThrow(
    'listOpsTask: expressions of that length must not be too rare.',
  );
});
