import { Job } from './job';

/** What a masked pair's score is set to. A visible score of −∞ is the same: both have a weight of exactly 0. */
// @ts-ignore: decorator
@inline
export const maskedScore: f32 = -Infinity;

/** The least number of float32: the top of scores of which none was seen. Finite, because −∞ − −∞ is NaN. */
// @ts-ignore: decorator
@inline
export const lowestTop: f32 = -3.4028234663852886e38;

/** Keys are taken in strips of at most this many, so that rows of scores have one stride. */
// @ts-ignore: decorator
@inline
export const stripKeys: i32 = 64;

/** Four queries of a block against a strip of keys of another: what scores, terms and masks work on at a time. */
@unmanaged
export class Group {
  /** Which keys each query attends to, key 0 of the strip in the lowest bit. */
  bits0: u64;
  bits1: u64;
  bits2: u64;
  bits3: u64;
  /** Where each query stands. */
  position0: i32;
  position1: i32;
  position2: i32;
  position3: i32;
  batchRow: i32;
  head: i32;
  /** batchRow · heads + head */
  sequence: i32;
  /** Index of query 0 in its sequence, and in its block. */
  firstQuery: i32;
  firstRow: i32;
  /** Queries that are there: 1 … 4. */
  rows: i32;
  /** Index of key 0 in its sequence, and in its block. */
  firstKey: i32;
  firstColumn: i32;
  /** Keys of the strip that are there, and those of them that this batch row may attend to. */
  keys: i32;
  keyLimit: i32;
  /** The layout's entry, and its tile: −1 where all pairs of the block are visible. */
  entry: i32;
  tile: i32;
  /** Panels of 8 keys outside of which all four queries are masked. */
  from: i32;
  to: i32;
  /** Whether some pair within them is masked. */
  masks: i32;
  /** Positions of the strip's keys; 0 where they stand in order. */
  keyPositions: usize;
  /** Backward: chunk · batch · heads + sequence. */
  part: i32;
}

export const groupBytes: usize = 128;

/** Loads queries of a block: where they stand, if any term or mask needs it. */
export function loadRows(job: Job, group: Group, firstRow: i32, firstQuery: i32, rows: i32): void {
  group.firstRow = firstRow;
  group.firstQuery = firstQuery;
  group.rows = rows;
  if (job.queryPositions) {
    const list = (group.batchRow % job.queryPositionBatch) * job.queryPositionHeads + (group.head % job.queryPositionHeads);
    const at = job.queryPositions + ((<usize>list * job.queryLength + firstQuery) << 2);
    group.position0 = load<i32>(at);
    group.position1 = rows > 1 ? load<i32>(at, 4) : -1;
    group.position2 = rows > 2 ? load<i32>(at, 8) : -1;
    group.position3 = rows > 3 ? load<i32>(at, 12) : -1;
  } else {
    const first = job.queryOffset + firstQuery;
    group.position0 = first;
    group.position1 = first + 1;
    group.position2 = first + 2;
    group.position3 = first + 3;
  }
}

/** Loads a strip of a key block. */
export function loadStrip(job: Job, group: Group, firstColumn: i32, firstKey: i32, keys: i32): void {
  group.firstColumn = firstColumn;
  group.firstKey = firstKey;
  group.keys = keys;
  const limit = job.keyLimits ? load<i32>(job.keyLimits + (<usize>group.batchRow << 2)) - firstKey : keys;
  group.keyLimit = max(0, min(keys, limit));
  if (job.keyPositions) {
    const list = (group.batchRow % job.keyPositionBatch) * job.keyPositionHeads + (group.head % job.keyPositionHeads);
    group.keyPositions = job.keyPositions + ((<usize>list * (job.keyLength + 8) + firstKey) << 2);
  } else {
    group.keyPositions = 0;
  }
}

// @ts-ignore: decorator
@inline
export function positionOf(group: Group, row: i32): i32 {
  return load<i32>(changetype<usize>(group) + (<usize>row << 2), offsetof<Group>('position0'));
}

// @ts-ignore: decorator
@inline
export function bitsOf(group: Group, row: i32): u64 {
  return load<u64>(changetype<usize>(group) + (<usize>row << 3));
}

/** Positions of the keys of four columns. */
// @ts-ignore: decorator
@inline
export function keyPositionsAt(group: Group, column: i32): v128 {
  return group.keyPositions
    ? v128.load(group.keyPositions + (<usize>column << 2))
    : i32x4.add(i32x4.splat(group.firstKey + column), i32x4(0, 1, 2, 3));
}
