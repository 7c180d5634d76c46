import { interruptionPoint } from '../interruption-point';
import { multiplyFewRows } from './dots';
import { finish } from './finish';
import { isOfIntegers, multiplyIntegers } from './integers';
import { MatMulJob, offsetsOf } from './job';
import { pack, packRows } from './pack';
import { copyTile, panelRows, TALL_TILE_ROWS, TILE_COLUMNS, tile } from './tile';
import { FLOAT16, FLOAT32, packWidened } from './widen';

const FEW_ROWS = 12;

// Of the whole product and not of an item: results are the same for any number of threads.
const FEW_ROWS_OF_PACKED = 2;

/**
 * Computes pieces [from, to) of the job's products. Goto's order: a slab of b (depthPerBlock deep) is packed, then block by block
 * a; a panel of b stays in the level-1 cache while the block of a, in the level-2 cache, runs past it.
 * Scratch: an edge tile, the packed block of a, the packed slab of b (src/kernels/mat-mul/job.ts counts the bytes).
 * Source: Goto & van de Geijn 2008, Anatomy of High-Performance Matrix Multiplication, section 4.
 */
export function matMul(address: usize, from: i32, to: i32, scratch: usize): void {
  const job = changetype<MatMulJob>(address);
  const itemsDown = (job.rows + job.rowsPerItem - 1) / job.rowsPerItem;
  const itemsAcross = (job.columns + job.columnsPerItem - 1) / job.columnsPerItem;
  for (let item = from; item < to; item++) {
    const product = item / (itemsDown * itemsAcross);
    const place = item % (itemsDown * itemsAcross);
    const row = (place % itemsDown) * job.rowsPerItem;
    const column = (place / itemsDown) * job.columnsPerItem;
    const rows = min(job.rowsPerItem, job.rows - row);
    const columns = min(job.columnsPerItem, job.columns - column);
    multiplyPiece(job, product, row, rows, column, columns, scratch);
  }
}

function multiplyPiece(job: MatMulJob, product: i32, row: i32, rows: i32, column: i32, columns: i32, scratch: usize): void {
  const offsets = offsetsOf(job, product);
  const a = job.a + load<u32>(offsets) + <usize>row * job.aRowStep;
  const b = job.b + load<u32>(offsets, 4) + <usize>column * job.bColumnStep;
  const outRowStep = <usize>job.columns << 2;
  const out = job.out + (<usize>product * <usize>job.rows + <usize>row) * outRowStep + (<usize>column << 2);
  const aPanels = scratch + ((TALL_TILE_ROWS * TILE_COLUMNS) << 2);
  const bPanels = aPanels + (<usize>(job.rowsPerBlock * job.depthPerBlock) << 2);
  // Few rows do not repay the packing of b: its whole panels are read where they lie.
  const inPlace = job.bKind == FLOAT32 && job.bColumnStep == 4 && rows <= FEW_ROWS ? columns & ~(TILE_COLUMNS - 1) : 0;

  if (job.depth == 0) {
    clear(out, outRowStep, rows, columns);
    finish(job, offsets, row, rows, column, columns, out, outRowStep);
  }
  // Steps of less than 4 bytes: the numbers of a column lie side by side.
  if (job.bKind != FLOAT32 && job.rows <= FEW_ROWS_OF_PACKED && job.bDepthStep < 4 && job.aDepthStep == 4 && job.depth > 0) {
    const scales = job.bScales + <usize>column * job.bScaleColumnStep;
    if (job.bKind == FLOAT16) multiplyFewRows<u16>(job, a, b, scales, rows, columns, out, outRowStep);
    else multiplyFewRows<i8>(job, a, b, scales, rows, columns, out, outRowStep);
    finish(job, offsets, row, rows, column, columns, out, outRowStep);
    return;
  }
  if (isOfIntegers(job)) {
    multiplyIntegers(job, offsets, a, row, rows, b, column, columns, out, outRowStep, scratch);
    return;
  }
  for (let at = 0; at < job.depth; at += job.depthPerBlock) {
    const depth = min(job.depthPerBlock, job.depth - at);
    const bSlab = b + <usize>at * job.bDepthStep;
    if (job.bKind == FLOAT32) {
      pack(bSlab + (<usize>inPlace << 2), job.bColumnStep, job.bDepthStep, columns - inPlace, depth, TILE_COLUMNS, bPanels);
    } else {
      const scales = job.bScales + <usize>at * job.bScaleDepthStep + <usize>column * job.bScaleColumnStep;
      if (job.bKind == FLOAT16) packWidened<u16>(job, bSlab, scales, columns, depth, bPanels);
      else packWidened<i8>(job, bSlab, scales, columns, depth, bPanels);
    }
    for (let first = 0; first < rows; first += job.rowsPerBlock) {
      interruptionPoint();
      const count = min(job.rowsPerBlock, rows - first);
      const aBlock = a + <usize>first * job.aRowStep + <usize>at * job.aDepthStep;
      packRows(aBlock, job.aRowStep, job.aDepthStep, count, depth, aPanels);
      const outBlock = out + <usize>first * outRowStep;
      for (let done = 0; done < columns; done += TILE_COLUMNS) {
        const packed = done >= inPlace;
        const panel = packed ? bPanels + (<usize>((done - inPlace) * depth) << 2) : bSlab + (<usize>done << 2);
        const step = packed ? TILE_COLUMNS << 2 : job.bDepthStep;
        const width = min(TILE_COLUMNS, columns - done);
        multiplyPanel(aPanels, count, panel, step, width, depth, outBlock + (<usize>done << 2), outRowStep, at > 0, scratch);
      }
      if (at + depth == job.depth) finish(job, offsets, row + first, count, column, columns, outBlock, outRowStep);
    }
  }
}

/** Sums of no products. */
function clear(out: usize, outRowStep: usize, rows: i32, columns: i32): void {
  for (let row = 0; row < rows; row++) memory.fill(out + <usize>row * outRowStep, 0, <usize>columns << 2);
}

/** out [rows, columns] = (or +=) the packed rows times one panel of at most 8 columns. */
function multiplyPanel(
  a: usize,
  rows: i32,
  b: usize,
  bStep: usize,
  columns: i32,
  depth: i32,
  out: usize,
  outRowStep: usize,
  accumulate: bool,
  edgeTile: usize,
): void {
  for (let left = rows; left > 0; ) {
    const height = panelRows(left);
    if (columns == TILE_COLUMNS && height <= left) {
      tile(height, a, b, bStep, depth, out, outRowStep, accumulate);
    } else {
      tile(height, a, b, bStep, depth, edgeTile, TILE_COLUMNS << 2, false);
      copyTile(edgeTile, min(height, left), columns, out, outRowStep, accumulate);
    }
    a += <usize>(height * depth) << 2;
    out += <usize>height * outRowStep;
    left -= height;
  }
}
