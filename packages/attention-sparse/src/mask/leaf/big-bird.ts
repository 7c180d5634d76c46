import {
  ConfigError,
  isDenseArray,
  isList,
  requireCountOfNumbers,
  requireInteger,
  requireIntegers,
  requireKind,
  requireKnown,
  show,
} from '@longspan/core-tensor/error';
import { type Key, randomUniform } from '@longspan/core-tensor/key';
import { type Cover, modulo, type Span } from '@longspan/core-tensor/layout';
import { call } from '../algebra/call.ts';
import { type Mask, mask } from '../algebra/mask.ts';
import { perHeadOf } from '../algebra/per-axis.ts';
import { firstAtLeast, positionSet } from '../algebra/position-set.ts';

/** For each query block the key blocks that were drawn for it. */
export type RandomBlocks = readonly ArrayLike<number>[];

export interface BigBirdOptions {
  /** Tokens along each side of a block. */
  readonly blockSize: number;
  /** Blocks to either side that a query block attends to besides its own. */
  readonly windowBlocks: number;
  /** Blocks that attend to all and are visible to all. */
  readonly globalBlocks: ArrayLike<number>;
  /** From `randomBlocks`; with one more level of lists, per head. Query blocks beyond the list have none. */
  readonly randomBlocks: RandomBlocks | readonly RandomBlocks[];
}

/** More blocks than this in a rectangle are judged by rule instead of one by one. */
const FEW_BLOCKS = 64;

/**
 * BigBird's attention in blocks: a window, global blocks, and random blocks per query block. Not causal by itself.
 * @throws ConfigError when a size is not an integer or a list does not hold integers
 * @source BigBird (arXiv 2007.14062) §2
 * @example
 * const mask = bigBird({ blockSize: 2, windowBlocks: 0, globalBlocks: [0], randomBlocks: [[], [3]] });
 * [...Array(8).keys()].filter((key) => mask.allows(2, key)); // => [0, 1, 2, 3, 6, 7]
 */
export function bigBird(config: BigBirdOptions): Mask {
  requireKnown('bigBird', config, { blockSize: true, windowBlocks: true, globalBlocks: true, randomBlocks: true });
  const { blockSize, windowBlocks, globalBlocks, randomBlocks } = config;
  requireInteger('bigBird', { blockSize }, 1);
  requireInteger('bigBird', { windowBlocks }, 0);
  const globals = positionSet(requireIntegers('bigBird', 'globalBlocks', globalBlocks, 0));
  const shared = { blockSize, windowBlocks, globalBlocks: globals.sorted };
  // JSON has the word of the golden fixtures.
  const json = { kind: 'bigbird', block: blockSize, windowBlocks, globalBlocks: globals.sorted } as const;
  if (isPerHead(randomBlocks)) {
    const heads = randomBlocks.map((rows) => Array.from(rows, drawn));
    return perHeadOf('bigBird', {
      name: () => call('bigBird', { ...shared, randomBlocks: heads }),
      json: { ...json, randomBlocks: heads },
      count: heads.length,
      maskAt: (head) => bigBird({ ...shared, randomBlocks: heads[head] as (typeof heads)[number] }),
    });
  }
  const rows = randomBlocks.map(drawn);
  const blockOf = (position: number) => Math.floor(position / blockSize);

  /** Whether a query block of [first, last] has drawn a key block of [firstKey, lastKey]. */
  const anyDrawn = (first: number, last: number, firstKey: number, lastKey: number): boolean => {
    for (let row = Math.max(first, 0); row <= Math.min(last, rows.length - 1); row++) {
      const blocks = rows[row] as readonly number[];
      const found = firstAtLeast(blocks, firstKey);
      if (found < blocks.length && (blocks[found] as number) <= lastKey) return true;
    }
    return false;
  };
  const isVisible = (query: number, key: number): boolean =>
    Math.abs(query - key) <= windowBlocks || globals.has(query) || globals.has(key) || anyDrawn(query, query, key, key);

  const cover = (queries: Span, keys: Span): Cover => {
    const [first, last] = [blockOf(queries.start), blockOf(queries.end - 1)];
    const [firstKey, lastKey] = [blockOf(keys.start), blockOf(keys.end - 1)];
    const globalQueries = globals.count(first, last + 1);
    const globalKeys = globals.count(firstKey, lastKey + 1);
    if (Math.max(lastKey - first, last - firstKey) <= windowBlocks || globalQueries > last - first || globalKeys > lastKey - firstKey)
      return 'all';
    const apart = Math.max(firstKey - last, first - lastKey);
    if (apart > windowBlocks && globalQueries + globalKeys === 0 && !anyDrawn(first, last, firstKey, lastKey)) return 'none';
    if ((last - first + 1) * (lastKey - firstKey + 1) > FEW_BLOCKS) return 'some';
    for (let query = first; query <= last; query++)
      for (let key = firstKey; key <= lastKey; key++) if (!isVisible(query, key)) return 'some';
    return 'all';
  };

  return mask({
    name: call('bigBird', { ...shared, randomBlocks: rows }),
    json: { ...json, randomBlocks: rows },
    allows: (query, key) => isVisible(blockOf(query), blockOf(key)),
    cover,
    pattern: (queries, keys) => {
      let visible = '';
      const lastKey = blockOf(keys.end - 1);
      for (let query = blockOf(queries.start); query <= blockOf(queries.end - 1); query++) {
        for (let key = blockOf(keys.start); key <= lastKey; key++) visible += isVisible(query, key) ? '1' : '0';
      }
      return `${modulo(queries.start, blockSize)},${modulo(keys.start, blockSize)},${visible}`;
    },
  });
}

export interface RandomBlocksOptions {
  readonly queryBlocks: number;
  readonly keyBlocks?: number | undefined;
  /** How many to draw for each query block; fewer where fewer are left. */
  readonly perQueryBlock: number;
  /** Never draws blocks this near, which the window shows anyway. */
  readonly windowBlocks?: number | undefined;
  /** Never draws these, and draws none for them. */
  readonly globalBlocks?: ArrayLike<number> | undefined;
}

/**
 * Draws `perQueryBlock` different key blocks for each query block, uniformly from those that neither the window nor the globals show.
 * The same key gives the same blocks on every machine. With `heads` each head draws its own.
 * @returns lists for `bigBird`: [queryBlocks][…], or [heads][queryBlocks][…] with `heads`
 * @throws ConfigError when a count is not an integer
 * @cost O(heads · queryBlocks · perQueryBlock²) time
 * @source BigBird (arXiv 2007.14062) §2
 * @example
 * const drawn = randomBlocks(createKey(1), { queryBlocks: 6, perQueryBlock: 2, windowBlocks: 1, globalBlocks: [0] });
 * drawn.map((blocks) => blocks.length); // => [0, 2, 2, 2, 2, 2]
 */
export function randomBlocks(
  key: Key,
  options: RandomBlocksOptions & { readonly heads: number },
): readonly (readonly (readonly number[])[])[];
export function randomBlocks(key: Key, options: RandomBlocksOptions & { readonly heads?: undefined }): readonly (readonly number[])[];
export function randomBlocks(
  key: Key,
  options: RandomBlocksOptions & { readonly heads?: number | undefined },
): readonly (readonly number[])[] | readonly (readonly (readonly number[])[])[] {
  requireKind('randomBlocks', 'key', key, 'key');
  requireKnown('randomBlocks', options, {
    heads: true,
    queryBlocks: true,
    keyBlocks: true,
    perQueryBlock: true,
    windowBlocks: true,
    globalBlocks: true,
  });
  const { heads, queryBlocks, keyBlocks = queryBlocks, perQueryBlock, windowBlocks = 0, globalBlocks = [] } = options;
  requireInteger('randomBlocks', { queryBlocks, keyBlocks, heads: heads ?? 1 }, 1);
  requireInteger('randomBlocks', { perQueryBlock, windowBlocks }, 0);
  requireCountOfNumbers('randomBlocks', [queryBlocks, perQueryBlock]);
  const globals = positionSet(requireIntegers('randomBlocks', 'globalBlocks', globalBlocks, 0));
  const shown = globals.within(0, keyBlocks);
  const ofHead = (head: number): readonly (readonly number[])[] => {
    const uniform = randomUniform(key.fold(head), queryBlocks * perQueryBlock);
    return Array.from({ length: queryBlocks }, (_, query) => {
      if (globals.has(query)) return [];
      const start = Math.max(0, query - windowBlocks);
      const end = Math.min(keyBlocks, query + windowBlocks + 1);
      const window = Array.from({ length: Math.max(0, end - start) }, (_, at) => start + at);
      const excluded = [...shown.filter((block) => block < start), ...window, ...shown.filter((block) => block >= Math.max(start, end))];
      const candidates = keyBlocks - excluded.length;
      const own = uniform.subarray(query * perQueryBlock, (query + 1) * perQueryBlock);
      return distinct(own, candidates).map((rank) => skipping(excluded, rank));
    });
  };
  return heads === undefined ? ofHead(0) : Array.from({ length: heads }, (_, head) => ofHead(head));
}

/** Floyd's sampling: as many different integers below `count` as there are uniform numbers (or as exist), ascending. */
function distinct(uniform: Float32Array, count: number): readonly number[] {
  const taken = new Set<number>();
  const wanted = Math.min(uniform.length, count);
  for (let at = 0; at < wanted; at++) {
    const top = count - wanted + at;
    const drawn = Math.floor((uniform[at] as number) * (top + 1));
    taken.add(taken.has(drawn) ? top : drawn);
  }
  return [...taken].sort((a, b) => a - b);
}

/** The block with that rank among those that are not excluded. */
function skipping(excluded: readonly number[], rank: number): number {
  let block = rank;
  for (const one of excluded) {
    if (one > block) break;
    block++;
  }
  return block;
}

const drawn = (blocks: ArrayLike<number>): readonly number[] => positionSet(requireIntegers('bigBird', 'randomBlocks', blocks, 0)).sorted;

function isPerHead(blocks: BigBirdOptions['randomBlocks']): blocks is readonly RandomBlocks[] {
  if (!isDenseArray(blocks)) {
    throw new ConfigError({
      caller: 'bigBird',
      problem: 'randomBlocks must be a list.',
      expected: 'one list of key blocks per query block, or one more level of lists per head',
      got: show(blocks),
      remedy: 'draw them with randomBlocks(key, { queryBlocks, perQueryBlock }), or give [] for none.',
    });
  }
  return blocks.some((row) => isDenseArray(row) && row.some(isList));
}
