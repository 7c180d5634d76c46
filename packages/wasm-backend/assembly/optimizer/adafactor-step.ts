import { sumOfLanes } from '../math/lanes';
import { sumOfSquares } from './sum-of-squares';

/** One step of Adafactor for a list of parameters, which are its items; as the host writes it. */
@unmanaged
export class AdafactorStepJob {
  learningRate: f32;
  /** 0 takes the learning rate as it is. */
  leastScale: f32;
  beta2: f32;
  /** 1 − beta2, rounded from float64. */
  share2: f32;
  beta1: f32;
  /** 1 − beta1, rounded from float64. */
  share1: f32;
  epsilon: f32;
  clipThreshold: f32;
  weightDecay: f32;
}

/** Behind the job lies one of these for each parameter: matrices one after the other. */
@unmanaged
class Stepped {
  parameter: usize;
  gradient: usize;
  /** 0 for a parameter of one row, which is not factored. */
  meanOfRows: usize;
  meanOfColumns: usize;
  /** 0 where there is none. */
  firstMoment: usize;
  newParameter: usize;
  newMeanOfRows: usize;
  newMeanOfColumns: usize;
  newFirstMoment: usize;
  matrices: i32;
  rows: i32;
  columns: i32;
}

/** Rows whose squares are added up before they go to the sums of all. */
const ROWS_OF_PIECE = 32;

/** Scratch: two numbers for each column, and one for each row of all matrices, of the largest. */
export function adafactorStep(job: AdafactorStepJob, from: i32, to: i32, scratch: usize): void {
  for (let item = from; item < to; item++) {
    stepOne(job, changetype<Stepped>(changetype<usize>(job) + offsetof<AdafactorStepJob>() + <usize>item * offsetof<Stepped>()), scratch);
  }
}

function stepOne(job: AdafactorStepJob, one: Stepped, scratch: usize): void {
  const rowBytes = <usize>one.columns << 2;
  const matrixBytes = rowBytes * <usize>one.rows;
  const count = one.matrices * one.rows * one.columns;
  // The update goes where the new parameter will be: gradient · by row · by column.
  let squares: f64 = 0;
  for (let matrix = 0; matrix < one.matrices; matrix++) {
    const byRow = scratch + 2 * rowBytes;
    const byColumn = scratch + rowBytes;
    averageSquares(job, one, matrix, scratch, byRow, byColumn);
    for (let row = 0; row < one.rows; row++) {
      const at = <usize>matrix * matrixBytes + <usize>row * rowBytes;
      squares += updateOf(one.gradient + at, byColumn, load<f32>(byRow + (<usize>row << 2)), one.newParameter + at, one.columns);
    }
  }
  let rate: f64 = job.learningRate;
  if (job.leastScale > 0) rate *= Math.max(Math.sqrt(sumOfSquares(one.parameter, count) / <f64>count), job.leastScale);
  const size = <f32>(rate / Math.max(1, Math.sqrt(squares / <f64>count) / <f64>job.clipThreshold));
  finish(job, one, size, <f32>(1 - rate * <f64>job.weightDecay), <usize>count << 2);
}

/** The new means of squares of a matrix, and one over the roots of them: of rows beside their mean, of columns as they are. */
function averageSquares(job: AdafactorStepJob, one: Stepped, matrix: i32, piece: usize, byRow: usize, byColumn: usize): void {
  const rowBytes = <usize>one.columns << 2;
  const gradient = one.gradient + <usize>matrix * rowBytes * <usize>one.rows;
  const rowsAt = <usize>(matrix * one.rows) << 2;
  const columnsAt = <usize>matrix * rowBytes;
  memory.fill(byColumn, 0, rowBytes);
  let total: f64 = 0;
  for (let first = 0; first < one.rows; first += ROWS_OF_PIECE) {
    memory.fill(piece, 0, rowBytes);
    const end = min(first + ROWS_OF_PIECE, one.rows);
    for (let row = first; row < end; row++) {
      const sum = addSquares(gradient + <usize>row * rowBytes, piece, one.columns, job.epsilon);
      if (!one.meanOfRows) continue;
      const at = <usize>row << 2;
      const mean = load<f32>(one.meanOfRows + rowsAt + at) * job.beta2 + <f32>(sum / <f64>one.columns) * job.share2;
      store<f32>(one.newMeanOfRows + rowsAt + at, mean);
      total += <f64>mean;
    }
    for (let at: usize = 0; at < rowBytes; at += 4) store<f32>(byColumn + at, load<f32>(byColumn + at) + load<f32>(piece + at));
  }
  for (let at: usize = 0; at < rowBytes; at += 4) {
    const mean = load<f32>(one.meanOfColumns + columnsAt + at) * job.beta2 + (load<f32>(byColumn + at) / <f32>one.rows) * job.share2;
    store<f32>(one.newMeanOfColumns + columnsAt + at, mean);
    store<f32>(byColumn + at, <f32>1 / sqrt<f32>(mean));
  }
  const root = Math.sqrt(total / <f64>one.rows);
  for (let row = 0; row < one.rows; row++) {
    const at = <usize>row << 2;
    const inverse: f32 = one.meanOfRows ? <f32>(root / Math.sqrt(<f64>load<f32>(one.newMeanOfRows + rowsAt + at))) : 1;
    store<f32>(byRow + at, inverse);
  }
}

/** Adds g² + ε to the sums of the columns. @returns their sum */
function addSquares(gradient: usize, sums: usize, columns: i32, epsilon: f32): f64 {
  const end = gradient + (<usize>columns << 2);
  const vectorEnd = gradient + (<usize>(columns & ~3) << 2);
  let all = f32x4.splat(0);
  for (; gradient < vectorEnd; gradient += 16) {
    const slope = v128.load(gradient);
    const square = f32x4.add(f32x4.mul(slope, slope), f32x4.splat(epsilon));
    all = f32x4.add(all, square);
    v128.store(sums, f32x4.add(v128.load(sums), square));
    sums += 16;
  }
  let sum: f64 = sumOfLanes(all);
  for (; gradient < end; gradient += 4) {
    const slope = load<f32>(gradient);
    const square = slope * slope + epsilon;
    sum += <f64>square;
    store<f32>(sums, load<f32>(sums) + square);
    sums += 4;
  }
  return sum;
}

/** The update of a row. @returns the sum of its squares */
function updateOf(gradient: usize, byColumn: usize, byRow: f32, update: usize, columns: i32): f64 {
  const end = gradient + (<usize>columns << 2);
  const vectorEnd = gradient + (<usize>(columns & ~3) << 2);
  const start = update;
  for (; gradient < vectorEnd; gradient += 16) {
    v128.store(update, f32x4.mul(f32x4.mul(v128.load(gradient), v128.load(byColumn)), f32x4.splat(byRow)));
    byColumn += 16;
    update += 16;
  }
  for (; gradient < end; gradient += 4) {
    store<f32>(update, load<f32>(gradient) * load<f32>(byColumn) * byRow);
    byColumn += 4;
    update += 4;
  }
  return sumOfSquares(start, columns);
}

/** The step along the update, which lies where the new parameter goes. */
function finish(job: AdafactorStepJob, one: Stepped, size: f32, shrink: f32, end: usize): void {
  const vectorEnd = end & ~15;
  const first = one.firstMoment;
  let at: usize = 0;
  for (; at < vectorEnd; at += 16) {
    let change = f32x4.mul(v128.load(one.newParameter + at), f32x4.splat(size));
    if (first) {
      change = f32x4.add(f32x4.mul(v128.load(first + at), f32x4.splat(job.beta1)), f32x4.mul(change, f32x4.splat(job.share1)));
      v128.store(one.newFirstMoment + at, change);
    }
    v128.store(one.newParameter + at, f32x4.sub(f32x4.mul(v128.load(one.parameter + at), f32x4.splat(shrink)), change));
  }
  for (; at < end; at += 4) {
    let change = load<f32>(one.newParameter + at) * size;
    if (first) {
      change = load<f32>(first + at) * job.beta1 + change * job.share1;
      store<f32>(one.newFirstMoment + at, change);
    }
    store<f32>(one.newParameter + at, load<f32>(one.parameter + at) * shrink - change);
  }
}
