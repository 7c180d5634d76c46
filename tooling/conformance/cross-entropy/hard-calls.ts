import type { CrossEntropyAttributes } from '@longspan/core-tensor/kernel';
import type { ContractCall } from '../contract/call.ts';
import { floats, normals } from '../contract/operand.ts';
import { crossEntropyCall, ignoreIndex } from './calls.ts';

const { NaN: nan, NEGATIVE_INFINITY: minusInfinity, POSITIVE_INFINITY: infinity } = Number;

type Logits = NonNullable<Parameters<typeof crossEntropyCall>[3]>;

/** Normal logits, changed by their class. */
const logits =
  (shape: readonly number[], change: (logit: number, ofClass: number) => number): Logits =>
  () =>
    normals('logits', shape, (logit, at) => change(logit, at % (shape.at(-1) as number)));

/** Every third logit is −Infinity, and none of the class 0. */
const withHoles = logits([5, 14], (logit, ofClass) => (ofClass % 3 === 1 ? minusInfinity : logit));

/** Calls that go wrong first: few classes and many, rows that do not count, targets that are none, numbers that are none. */
export const hardCalls: readonly ContractCall<CrossEntropyAttributes>[] = [
  crossEntropyCall('mean', [7, 11]),
  crossEntropyCall('sum', [2, 3, 5, 13], { reduction: 'sum', looser: 4 }),
  crossEntropyCall('none', [3, 5, 4], { reduction: 'none' }),
  crossEntropyCall('one row, one class', [1, 1]),
  crossEntropyCall('one class', [5, 1], { labelSmoothing: 0.3 }),
  crossEntropyCall('label smoothing', [6, 10], { labelSmoothing: 0.1 }),
  crossEntropyCall('nothing but smoothing', [6, 10], { labelSmoothing: 1, reduction: 'none' }),
  crossEntropyCall('ignored rows', [6, 9], { targets: [ignoreIndex, 3, ignoreIndex] }),
  crossEntropyCall('ignored rows, smoothed, none', [6, 9], { targets: [2, ignoreIndex], labelSmoothing: 0.2, reduction: 'none' }),
  crossEntropyCall('only ignored rows', [2, 9], { targets: [ignoreIndex, ignoreIndex] }),
  crossEntropyCall('a target that is no class', [4, 9], { targets: [1, 9], reduction: 'none' }),
  crossEntropyCall('a negative target, mean', [4, 9], { targets: [1, -1] }),
  crossEntropyCall(
    'logits of 1e4',
    [7, 33],
    { reduction: 'none' },
    logits([7, 33], (logit) => 1e4 * logit),
  ),
  crossEntropyCall(
    'logits far from 0, smoothed',
    [5, 300],
    { labelSmoothing: 0.4, reduction: 'none' },
    logits([5, 300], (logit) => Math.fround(logit - 1e5)),
  ),
  crossEntropyCall(
    'a vocabulary of more than one piece',
    [3, 10007],
    { reduction: 'none', looser: 2 },
    logits([3, 10007], (logit) => 4 * logit),
  ),
  crossEntropyCall(
    'a vocabulary whose largest come last',
    [3, 4500],
    { labelSmoothing: 0.1, looser: 4 },
    logits([3, 4500], (logit, ofClass) => (logit * ofClass) / 90),
  ),
  crossEntropyCall('masked classes', [5, 14], { targets: [0, 2, 3, 5, 6] }, withHoles),
  crossEntropyCall('masked targets', [5, 14], { targets: [1, 4, 0, 0, 0], reduction: 'none' }, withHoles),
  crossEntropyCall(
    'a row that begins with 3,000 masked classes',
    [2, 5000],
    { targets: [4000, 4001] },
    logits([2, 5000], (logit, ofClass) => (ofClass < 3000 ? minusInfinity : logit)),
  ),
  crossEntropyCall('a row of nothing but −Infinity, ignored', [2, 3], { targets: [1, ignoreIndex] }, () =>
    floats([1, 2, 3, minusInfinity, minusInfinity, minusInfinity], [2, 3]),
  ),
  crossEntropyCall('rows with NaN and with +Infinity', [3, 3], { reduction: 'none' }, () =>
    floats([1, nan, 2, infinity, 1, 2, 1, 2, 3], [3, 3]),
  ),
];
