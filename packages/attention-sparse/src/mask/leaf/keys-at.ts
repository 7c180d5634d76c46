import { isList, requireIntegers } from '@longspan/core-tensor/error';
import type { Cover, Span } from '@longspan/core-tensor/layout';
import { call } from '../algebra/call.ts';
import { type Mask, mask } from '../algebra/mask.ts';
import { perBatchOf } from '../algebra/per-axis.ts';
import { type PositionSet, positionSet } from '../algebra/position-set.ts';

type Positions = ArrayLike<number> | readonly ArrayLike<number>[];

/** A name of more is a digest; equality and JSON still go by all of them. */
const PRINTED_POSITIONS = 1024;

/**
 * Every query attends to the keys at these positions and no others. With one list per batch row each row has its own.
 * @throws ConfigError when a position is not an integer
 * @example
 * [keysAt([2, 5]).allows(0, 5), keysAt([2, 5]).allows(5, 0), keysAt([[2], [5]]).select({ batch: 1 }).allows(0, 5)]; // => [true, false, true]
 */
export const keysAt = (positions: Positions): Mask => alongOneAxis('keysAt', positions, (_, keys) => keys);

/**
 * The queries at these positions attend to every key, the others none. With one list per batch row each row has its own.
 * @throws ConfigError when a position is not an integer
 * @example
 * [queriesAt([2, 5]).allows(5, 0), queriesAt([2, 5]).allows(0, 5), queriesAt([2]).not().allows(2, 0)]; // => [true, false, false]
 */
export const queriesAt = (positions: Positions): Mask => alongOneAxis('queriesAt', positions, (queries) => queries);

type Axis = <Value>(query: Value, key: Value) => Value;

function alongOneAxis(kind: 'keysAt' | 'queriesAt', positions: Positions, axis: Axis): Mask {
  if (!isList(positions) || !isPerBatch(positions)) return leaf(kind, requireIntegers(kind, 'positions', positions), axis);
  const lists = positions.map((list, row) => requireIntegers(kind, `positions[${row}]`, list));
  const total = lists.reduce((sum, { length }) => sum + length, 0);
  return perBatchOf(kind, {
    name: () => nameOf(kind, lists, total),
    json: { kind, positions: lists },
    count: lists.length,
    maskAt: (row) => leaf(kind, lists[row] as readonly number[], axis),
  });
}

const nameOf = (kind: string, positions: unknown, count: number): string =>
  count > PRINTED_POSITIONS ? `${kind}(${count} positions)` : call(kind, positions);

const isPerBatch = (positions: Positions): positions is readonly ArrayLike<number>[] => Array.isArray(positions) && isList(positions[0]);

function leaf(kind: 'keysAt' | 'queriesAt', positions: readonly number[], axis: Axis): Mask {
  const set = positionSet(positions);
  return mask({
    name: nameOf(kind, positions, positions.length),
    json: { kind, positions },
    allows: (query, key) => set.has(axis(query, key)),
    cover: (queries, keys) => coverOfSet(set, axis(queries, keys)),
    pattern: (queries, keys) => {
      const { start, end } = axis(queries, keys);
      return set
        .within(start, end)
        .map((position) => position - start)
        .join();
    },
  });
}

function coverOfSet(set: PositionSet, { start, end }: Span): Cover {
  const count = set.count(start, end);
  return count === 0 ? 'none' : count === end - start ? 'all' : 'some';
}
