import { Group, bitsOf, maskedScore, keyPositionsAt, positionOf } from './group';
import { Job, spanRampKind, Term, termAt } from './job';
import { scoreStride } from './products';
import { weightOfSpan } from './distance';
import { isWeightless } from '../math/exponential-or-zero';

/** Finds which keys of the strip the four queries attend to, by the layout, the ends and the key lengths; false where none is. */
export function findVisible(job: Job, group: Group): bool {
  const limit = group.keyLimit;
  if (group.tile < 0 && limit == group.keys && (limit & 7) == 0 && !job.termsMask && !job.care) {
    group.from = 0;
    group.to = limit >> 3;
    group.masks = 0;
    return true;
  }
  const within: u64 = limit >= 64 ? u64.MAX_VALUE : ((<u64>1) << limit) - 1;
  group.bits0 = bitsOfRow(job, group, 0) & within;
  group.bits1 = bitsOfRow(job, group, 1) & within;
  group.bits2 = bitsOfRow(job, group, 2) & within;
  group.bits3 = bitsOfRow(job, group, 3) & within;
  const any = group.bits0 | group.bits1 | (group.bits2 | group.bits3);
  if (any == 0) return false;
  group.from = <i32>(ctz(any) >> 3);
  group.to = <i32>(8 - (clz(any) >> 3));
  group.masks = 1;
  return true;
}

/** The layout's bits of one query for the strip; none for a query that is not there, or is padding. */
function bitsOfRow(job: Job, group: Group, row: i32): u64 {
  if (row >= group.rows || (job.queryPositions && positionOf(group, row) < 0)) return 0;
  if (group.tile < 0) return u64.MAX_VALUE;
  const words = (job.blockSize + 31) >> 5;
  const word = group.firstColumn >> 5;
  const at = job.bitmaps + ((<usize>(group.tile * job.blockSize + group.firstRow + row) * words + word) << 2);
  const low = <u64>load<u32>(at);
  return word + 1 < words ? low | ((<u64>load<u32>(at, 4)) << 32) : low;
}

/** Sets the scores of masked pairs to `maskedScore`. */
export function maskScores(job: Job, group: Group, scores: usize): void {
  for (let row = 0; row < 4; row++) {
    const bits = bitsOf(group, row);
    for (let panel = group.from; panel < group.to; panel++) {
      const at = scores + <usize>row * scoreStride + (<usize>panel << 5);
      const byte = i32x4.splat(<i32>(bits >> (<u64>panel << 3)) & 255);
      const low = v128.and(byte, i32x4(1, 2, 4, 8));
      const high = v128.and(byte, i32x4(16, 32, 64, 128));
      v128.store(at, v128.bitselect(v128.load(at), f32x4.splat(maskedScore), i32x4.ne(low, i32x4.splat(0))));
      v128.store(at, v128.bitselect(v128.load(at, 16), f32x4.splat(maskedScore), i32x4.ne(high, i32x4.splat(0))), 16);
    }
  }
  if (job.keyPositions) maskByPositions(job, group, scores);
  for (let index = 0; index < job.termCount; index++) {
    const term = termAt(job, index);
    if (term.kind == spanRampKind) maskBeyondSpan(group, term, scores);
  }
}

/** Masks pairs whose weights under the last top of their row are 0. NaN stays. */
export function maskWeightless(group: Group, scores: usize, lastTops: usize): void {
  for (let row = 0; row < 4; row++) {
    const top = v128.load32_splat(lastTops + (<usize>row << 2));
    for (let column = group.from << 3; column < group.to << 3; column += 4) {
      const at = scores + <usize>row * scoreStride + (<usize>column << 2);
      const score = v128.load(at);
      v128.store(at, v128.bitselect(f32x4.splat(maskedScore), score, isWeightless(f32x4.sub(score, top))));
    }
  }
}

/** Masks keys that are padding and, if causal, those that stood after the query. */
function maskByPositions(job: Job, group: Group, scores: usize): void {
  for (let row = 0; row < group.rows; row++) {
    const last = i32x4.splat(job.causal ? positionOf(group, row) : i32.MAX_VALUE);
    for (let column = group.from << 3; column < group.to << 3; column += 4) {
      const at = scores + <usize>row * scoreStride + (<usize>column << 2);
      const positions = keyPositionsAt(group, column);
      const visible = v128.and(i32x4.ge_s(positions, i32x4.splat(0)), i32x4.le_s(positions, last));
      v128.store(at, v128.bitselect(v128.load(at), f32x4.splat(maskedScore), visible));
    }
  }
}

/** Masks keys to which the ramp of a span gives no weight. */
function maskBeyondSpan(group: Group, term: Term, scores: usize): void {
  for (let row = 0; row < group.rows; row++) {
    for (let column = group.from << 3; column < group.to << 3; column += 4) {
      const at = scores + <usize>row * scoreStride + (<usize>column << 2);
      const visible = f32x4.gt(weightOfSpan(group, term, row, column), f32x4.splat(0));
      v128.store(at, v128.bitselect(v128.load(at), f32x4.splat(maskedScore), visible));
    }
  }
}
