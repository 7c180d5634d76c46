/**
 * A batch of products out = activation(a · b + bias) as the host writes it, field by field, into 4-byte cells
 * (src/kernels/mat-mul/job.ts has the same order). Steps are in bytes, from one element to the next along that axis, so a
 * transpose is only another pair of steps, and a step of 0 repeats one value along the axis.
 */
@unmanaged
export class MatMulJob {
  a: usize;
  b: usize;
  out: usize;
  /** a is [rows, depth], b is [depth, columns], out is [rows, columns]. */
  rows: i32;
  columns: i32;
  depth: i32;
  aRowStep: usize;
  aDepthStep: usize;
  bDepthStep: usize;
  bColumnStep: usize;
  /** An item of the job is one such piece of one product's out. */
  rowsPerItem: i32;
  columnsPerItem: i32;
  /** As much of a as is packed at a time. */
  rowsPerBlock: i32;
  depthPerBlock: i32;
  /** 0 where there is none. */
  bias: usize;
  biasRowStep: usize;
  biasColumnStep: usize;
  /** See activation.ts. */
  activation: i32;
  /** The slopes of prelu below 0; their steps as the bias's. */
  slopes: usize;
  slopesRowStep: usize;
  slopesColumnStep: usize;
  /** The slope of leaky relu below 0. */
  slope: f32;
  /** What b is stored as: see widen.ts. */
  bKind: i32;
  /** Of an int8 b what its numbers are multiplied by; steps as b's. */
  bScales: usize;
  bScaleDepthStep: usize;
  bScaleColumnStep: usize;
  /** Whether numbers of a are taken in halves: see halves.ts. */
  inHalves: i32;
}

/** Behind the job lie, for each product of the batch, four offsets in bytes: into a, b, bias and slopes. */
export function offsetsOf(job: MatMulJob, product: i32): usize {
  return changetype<usize>(job) + offsetof<MatMulJob>() + (<usize>product << 4);
}
