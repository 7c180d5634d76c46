import { type Runtime, runJob } from '../../../runtime/runtime.ts';
import { matMulJob } from './job.ts';
import { productOf } from './product.ts';
import { spreadOver } from './spread.ts';

/** A matrix in the heap, as it is stored. */
export interface Matrix {
  readonly pointer: number;
  readonly shape: readonly [number, number];
  readonly transposed?: boolean | undefined;
}

/** One product of two matrices: out = a · b, plus a bias that is spread over it. Addresses may be in no tensor. */
export function multiply(
  runtime: Runtime,
  a: Matrix,
  b: Matrix,
  out: number,
  bias?: { readonly pointer: number; readonly shape: readonly number[] },
): void {
  const product = productOf({ shape: a.shape, transposed: a.transposed ?? false }, { shape: b.shape, transposed: b.transposed ?? false });
  const spread = bias && spreadOver(product, bias.shape);
  const call = {
    product,
    ...{ a: a.pointer, b: b.pointer, out },
    ...{ activation: 0, bias: bias && spread && { ...spread, pointer: bias.pointer }, slopes: undefined, slope: 0 },
  };
  runJob(runtime, matMulJob(runtime.kernels, call, runtime.shared?.pool.size));
}
