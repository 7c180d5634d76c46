import { Group, keyPositionsAt, positionOf } from './group';
import { biasKind, blockBiasKind, distanceBiasKind, Job, Term } from './job';
import { scoreStride } from './products';

/** Which numbers of the table belong to a query and four keys; keys after the end of a row read its last number. */
function indices(job: Job, group: Group, term: Term, row: i32, column: i32): v128 {
  const countUp = i32x4(0, 1, 2, 3);
  const columns = term.columns;
  const last = i32x4.splat(columns - 1);
  if (term.kind == biasKind) {
    const start = i32x4.splat((group.firstQuery + row) * columns);
    return i32x4.add(start, i32x4.min_s(i32x4.add(i32x4.splat(group.firstKey + column), countUp), last));
  }
  if (term.kind == blockBiasKind) {
    const start = i32x4.splat((group.entry * columns + group.firstRow + row) * columns);
    return i32x4.add(start, i32x4.min_s(i32x4.add(i32x4.splat(group.firstColumn + column), countUp), last));
  }
  if (term.kind == distanceBiasKind) {
    const distance = i32x4.sub(keyPositionsAt(group, column), i32x4.splat(positionOf(group, row) - term.center));
    return i32x4.max_s(i32x4.min_s(distance, last), i32x4.splat(0));
  }
  // cellBias: one subtraction brings a sum back below `columns`, three where there are fewer columns than lanes.
  const past = (job.queryOffset + group.firstQuery + row) % columns;
  const start = i32x4.splat((past < 0 ? past + columns : past) * columns);
  let cell = i32x4.add(i32x4.splat((group.firstKey + column) % columns), countUp);
  for (let time = columns < 4 ? 3 : 1; time > 0; time--) {
    cell = i32x4.sub(cell, v128.and(i32x4.gt_s(cell, last), i32x4.splat(columns)));
  }
  return i32x4.add(start, cell);
}

/** The first number of the table that this batch row and head read. */
// @ts-ignore: decorator
@inline
function tableOf(group: Group, term: Term, base: usize): usize {
  const table = (group.batchRow % term.batch) * term.heads + (group.head % term.heads);
  return base + ((<usize>table * term.size) << 2);
}

// @ts-ignore: decorator
@inline
function areInOrder(index: v128): bool {
  return i32x4.all_true(i32x4.eq(index, i32x4.add(i32x4.splat(i32x4.extract_lane(index, 0)), i32x4(0, 1, 2, 3))));
}

// @ts-ignore: decorator
@inline
function cell(table: usize, index: i32): usize {
  return table + (<usize>index << 2);
}

/** s + table[index] */
export function addTable(job: Job, group: Group, term: Term, scores: usize): void {
  const table = tableOf(group, term, term.table);
  for (let row = 0; row < group.rows; row++) {
    for (let column = group.from << 3; column < group.to << 3; column += 4) {
      const at = scores + <usize>row * scoreStride + (<usize>column << 2);
      const index = indices(job, group, term, row, column);
      const numbers = areInOrder(index)
        ? v128.load(cell(table, i32x4.extract_lane(index, 0)))
        : f32x4(
            load<f32>(cell(table, i32x4.extract_lane(index, 0))),
            load<f32>(cell(table, i32x4.extract_lane(index, 1))),
            load<f32>(cell(table, i32x4.extract_lane(index, 2))),
            load<f32>(cell(table, i32x4.extract_lane(index, 3))),
          );
      v128.store(at, f32x4.add(v128.load(at), numbers));
    }
  }
}

// @ts-ignore: decorator
@inline
function addTo(at: usize, amount: f32): void {
  store<f32>(at, load<f32>(at) + amount);
}

/** Adds the cotangents to their cells. Those of keys after the end are 0. */
export function collectTable(job: Job, group: Group, term: Term, cotangent: usize): void {
  const table = term.apart ? term.cotangent + ((<usize>group.part * term.size) << 2) : tableOf(group, term, term.cotangent);
  for (let row = 0; row < group.rows; row++) {
    for (let column = group.from << 3; column < group.to << 3; column += 4) {
      const amounts = v128.load(cotangent + <usize>row * scoreStride + (<usize>column << 2));
      const index = indices(job, group, term, row, column);
      if (areInOrder(index)) {
        const at = cell(table, i32x4.extract_lane(index, 0));
        v128.store(at, f32x4.add(v128.load(at), amounts));
      } else {
        addTo(cell(table, i32x4.extract_lane(index, 0)), f32x4.extract_lane(amounts, 0));
        addTo(cell(table, i32x4.extract_lane(index, 1)), f32x4.extract_lane(amounts, 1));
        addTo(cell(table, i32x4.extract_lane(index, 2)), f32x4.extract_lane(amounts, 2));
        addTo(cell(table, i32x4.extract_lane(index, 3)), f32x4.extract_lane(amounts, 3));
      }
    }
  }
}
