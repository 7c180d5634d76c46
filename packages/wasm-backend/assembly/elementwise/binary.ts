// Functions of two numbers that tfjs's wasm backend has as scalar code, in the order of src/kernels/elementwise/binary.ts.
const MAXIMUM = 0;
const MINIMUM = 1;
const EQUAL = 2;
const NOT_EQUAL = 3;
const GREATER = 4;
const GREATER_EQUAL = 5;
const LESS = 6;
const LESS_EQUAL = 7;

/** out = f(a, b), elementwise; as the host writes it. Comparisons give one byte each, 0 or 1. */
@unmanaged
export class BinaryJob {
  a: usize;
  b: usize;
  out: usize;
  count: i32;
  /** An item of the job is that many numbers: a multiple of 4. */
  countPerItem: i32;
  operation: i32;
  /** 1 where the numbers are int32, 0 where they are float32. */
  areIntegers: i32;
  /** 1 where the operand is one number for all. */
  isSameA: i32;
  isSameB: i32;
}

/** Scratch: 48 bytes. */
export function binary(job: BinaryJob, from: i32, to: i32, scratch: usize): void {
  const end = min(<usize>to * job.countPerItem, <usize>job.count);
  const vectorEnd = end & ~3;
  const isChoice = job.operation <= MINIMUM;
  let at = <usize>from * job.countPerItem;
  for (; at < vectorEnd; at += 4) {
    const a = job.isSameA ? v128.load32_splat(job.a) : v128.load(job.a + (at << 2));
    const b = job.isSameB ? v128.load32_splat(job.b) : v128.load(job.b + (at << 2));
    if (isChoice) v128.store(job.out + (at << 2), choiceOf(job, a, b));
    else store<i32>(job.out + at, bytesOf(comparisonOf(job, a, b)));
  }
  if (at == end) return;
  const rest = end - at;
  if (!job.isSameA) memory.copy(scratch, job.a + (at << 2), rest << 2);
  if (!job.isSameB) memory.copy(scratch + 16, job.b + (at << 2), rest << 2);
  const a = job.isSameA ? v128.load32_splat(job.a) : v128.load(scratch);
  const b = job.isSameB ? v128.load32_splat(job.b) : v128.load(scratch, 16);
  if (isChoice) {
    v128.store(scratch, choiceOf(job, a, b), 32);
    memory.copy(job.out + (at << 2), scratch + 32, rest << 2);
  } else {
    store<i32>(scratch, bytesOf(comparisonOf(job, a, b)), 32);
    memory.copy(job.out + at, scratch + 32, rest);
  }
}

// @ts-ignore: decorator
@inline
function choiceOf(job: BinaryJob, a: v128, b: v128): v128 {
  if (job.areIntegers) return job.operation == MAXIMUM ? i32x4.max_s(a, b) : i32x4.min_s(a, b);
  return job.operation == MAXIMUM ? f32x4.max(a, b) : f32x4.min(a, b);
}

// @ts-ignore: decorator
@inline
function comparisonOf(job: BinaryJob, a: v128, b: v128): v128 {
  const integers = job.areIntegers != 0;
  const operation = job.operation;
  if (operation == EQUAL) return integers ? i32x4.eq(a, b) : f32x4.eq(a, b);
  if (operation == NOT_EQUAL) return integers ? i32x4.ne(a, b) : f32x4.ne(a, b);
  if (operation == GREATER) return integers ? i32x4.gt_s(a, b) : f32x4.gt(a, b);
  if (operation == GREATER_EQUAL) return integers ? i32x4.ge_s(a, b) : f32x4.ge(a, b);
  if (operation == LESS) return integers ? i32x4.lt_s(a, b) : f32x4.lt(a, b);
  if (operation == LESS_EQUAL) return integers ? i32x4.le_s(a, b) : f32x4.le(a, b);
  return a;
}

/** The lowest byte of each lane, as 0 or 1. */
// @ts-ignore: decorator
@inline
function bytesOf(lanes: v128): i32 {
  const bytes = v128.shuffle<i8>(lanes, lanes, 0, 4, 8, 12, 0, 4, 8, 12, 0, 4, 8, 12, 0, 4, 8, 12);
  return i32x4.extract_lane(bytes, 0) & 0x01010101;
}

/** out = condition ? yes : no, of numbers of 4 bytes; as the host writes it. */
@unmanaged
export class SelectJob {
  /** One byte each. */
  condition: usize;
  yes: usize;
  no: usize;
  out: usize;
  count: i32;
  countPerItem: i32;
}

export function select(job: SelectJob, from: i32, to: i32, _scratch: usize): void {
  const end = min(<usize>to * job.countPerItem, <usize>job.count);
  const vectorEnd = end & ~3;
  let at = <usize>from * job.countPerItem;
  for (; at < vectorEnd; at += 4) {
    const bytes = v128.load32_zero(job.condition + at);
    const lanes = i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(bytes));
    const isYes = i32x4.ne(lanes, i32x4.splat(0));
    v128.store(job.out + (at << 2), v128.bitselect(v128.load(job.yes + (at << 2)), v128.load(job.no + (at << 2)), isYes));
  }
  for (; at < end; at++) {
    store<i32>(job.out + (at << 2), load<i32>((load<u8>(job.condition + at) ? job.yes : job.no) + (at << 2)));
  }
}
