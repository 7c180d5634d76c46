import { Group } from './group';
import { Job, withRows } from './job';
import { relativePanelCount } from './pack';
import { addDiagonalRows, addTransposedRows, multiplyPanels, scoreStride } from './products';

// Transformer-XL's terms (b) + (d), (q + v)·r. A pair of blocks touches 2B − 1 rows of r, and four queries of a strip of 64 keys 67 of
// those: products with whole panels are made row by row of r, and read along diagonals.

/** The row of r that a query and a key read, not held to the rows that there are. */
// @ts-ignore: decorator
@inline
function rowOfPair(job: Job, query: i32, key: i32): i32 {
  return job.relativeLength - 1 - (job.queryOffset + query - key);
}

/** Adds scale · (q + v)·r to a group's scores. `rows`: the group's q + v side by side; `products`: room for a group of scores. */
export function addRelative(job: Job, group: Group, rows: usize, scores: usize, products: usize): void {
  const depth = job.headDim;
  const firstColumn = group.from << 3;
  const lastColumn = (group.to << 3) - 1;
  const fromPanel = rowOfPair(job, group.firstQuery + 3, group.firstKey + firstColumn) >> 3;
  const toPanel = (rowOfPair(job, group.firstQuery, group.firstKey + lastColumn) >> 3) + 1;
  const lastPanel = relativePanelCount(job) - 1;
  const panels = job.relativePanels + ((<usize>group.head * (lastPanel + 1) * depth) << 5);
  for (let panel = fromPanel; panel < toPanel; panel++) {
    const held = max(0, min(panel + 1, lastPanel));
    multiplyPanels(rows, panels + ((<usize>held * depth) << 5), depth, products + (<usize>(panel - fromPanel) << 5), 0, 1);
  }
  for (let row = 0; row < group.rows; row++) {
    const first = rowOfPair(job, group.firstQuery + row, group.firstKey) - 8 * fromPanel;
    for (let column = firstColumn; column < lastColumn; column += 4) {
      const at = scores + <usize>row * scoreStride + (<usize>column << 2);
      v128.store(at, f32x4.add(v128.load(at), v128.load(products + <usize>row * scoreStride + (<usize>(first + column) << 2))));
    }
  }
}

/**
 * Adds what the cotangent of a group's scores gives to that of its q + v: out[4] += cotangent · r. Beside the group's keys, three
 * cotangents on either side have to be 0.
 */
export function backwardPositionRows(job: Job, group: Group, cotangent: usize, out: usize): void {
  const stride = <usize>job.queryStride;
  const rows = job.relativeRows + <usize>group.head * job.relativeLength * stride;
  const base = rowOfPair(job, group.firstQuery, group.firstKey);
  const length = job.relativeLength;
  const first = base + (group.from << 3) - 3;
  const end = base + (group.to << 3);
  // Rows before the first and after the last are held there: the same row again and again is a stride of 0.
  const inFrom = max(0, min(first, length));
  addPart(first, min(end, 0), rows, 0, base, cotangent, job, out);
  addPart(max(first, 0), min(end, length), rows + <usize>inFrom * stride, stride, base, cotangent, job, out);
  addPart(max(first, length), end, rows + <usize>(length - 1) * stride, 0, base, cotangent, job, out);
}

function addPart(first: i32, end: i32, row: usize, step: usize, base: i32, cotangent: usize, job: Job, out: usize): void {
  if (first >= end) return;
  const weights = cotangent + (<usize>(first - base) << 2);
  addDiagonalRows(weights, row, step, end - first, job.queryStride, out, job.queryStride, job.care == withRows);
}

/**
 * Adds what the cotangents of a block of scores give to the rows of r. `cotangents`: rows from `firstQuery` on, with zeros beside the
 * keys; `spare`: room for four rows.
 */
export function backwardRelativeRows(job: Job, group: Group, firstQuery: i32, rows: i32, cotangents: usize, spare: usize): void {
  const stride = <usize>job.queryStride;
  const base = rowOfPair(job, firstQuery, group.firstKey);
  const length = job.relativeLength;
  const table = job.relativeCotangent + <usize>group.part * length * stride;
  const queries = job.positionRows + (<usize>group.sequence * job.queryLength + firstQuery) * stride;
  for (let first = base - rows + 1; first < base + group.keys; first += 4) {
    const from = max(0, base - first - 3);
    const to = min(rows, base - first + group.keys);
    if (from >= to) continue;
    const inside = first >= 0 && first + 4 <= length;
    const target = inside ? table + <usize>first * stride : spare;
    if (!inside) memory.fill(spare, 0, 4 * stride);
    const weights = cotangents + <usize>from * scoreStride + (<usize>(first - base + from) << 2);
    const own = queries + <usize>from * stride;
    addTransposedRows(weights, scoreStride + 4, own, stride, to - from, stride, target, stride, job.care == withRows);
    if (inside) continue;
    for (let row = 0; row < 4; row++) {
      const held = table + <usize>max(0, min(first + row, length - 1)) * stride;
      const source = spare + <usize>row * stride;
      for (let at: usize = 0; at < stride; at += 16) v128.store(held + at, f32x4.add(v128.load(held + at), v128.load(source + at)));
    }
  }
}
