import { Sum, type Tensor, type TensorInfo, util, zeros } from '@tensorflow/tfjs-core';
import type { Runtime } from '../../../runtime/runtime.ts';
import { replaceKernels } from '../../../tfjs/replace-kernels.ts';
import type { Kernel } from '../../kernel.ts';
import { columnSums } from './column-sums.ts';

/** A call of tfjs's Sum. */
interface SumCall {
  readonly inputs: { readonly x: TensorInfo };
  readonly attrs: { readonly axis?: number | number[]; readonly keepDims?: boolean | undefined };
}

/** So many sums one after the other are not worth while where the rows are short. */
const largestOuter = 64;

/**
 * The sum over neighbouring axes that are not the last: tfjs transposes first; and of nothing. Undefined for the other calls: along the
 * last axis its own kernel is fast.
 */
function sum(runtime: Runtime, { inputs: { x }, attrs }: SumCall): Tensor | undefined {
  const isEmpty = x.shape.includes(0);
  if (x.dtype !== 'float32' && !isEmpty) return undefined;
  const axes = [...util.parseAxisParam(attrs.axis ?? x.shape.map((_, axis) => axis), x.shape)].sort((one, other) => one - other);
  const shape = attrs.keepDims
    ? x.shape.map((size, axis) => (axes.includes(axis) ? 1 : size))
    : x.shape.filter((_, axis) => !axes.includes(axis));
  if (isEmpty) return zeros(shape, x.dtype === 'bool' ? 'int32' : x.dtype); // tfjs's own leaves its result as it finds it
  const [first, last] = [axes[0], axes.at(-1)];
  if (first === undefined || last === undefined || last - first + 1 !== axes.length || last === x.shape.length - 1) return undefined;
  const outer = util.sizeFromShape(x.shape.slice(0, first));
  const count = util.sizeFromShape(x.shape.slice(first, last + 1));
  const width = util.sizeFromShape(x.shape.slice(last + 1));
  if (outer > largestOuter && count * width < 2 ** 14) return undefined;
  const { heap } = runtime;
  const out = heap.makeOutput(shape);
  try {
    for (let at = 0; at < outer; at++) {
      columnSums(runtime, { pointer: heap.pointerOf(x) + 4 * at * count * width, count, width }, heap.pointerOf(out) + 4 * at * width);
    }
  } catch (error) {
    out.dispose();
    throw error;
  }
  return out;
}

/** tfjs's sum over axes before the last. */
export const sumKernel: Kernel = { name: Sum, add: (runtimeOf) => replaceKernels<SumCall>(runtimeOf, { [Sum]: sum }) };
