import { ShapeError } from '@longspan/core-tensor/error';
import { _FusedMatMul, BatchMatMul, type Tensor, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { onThreads, type Runtime, runJob } from '../../../runtime/runtime.ts';
import { replaceKernels } from '../../../tfjs/replace-kernels.ts';
import type { Work } from '../../../threads/worth-sharing.ts';
import type { Kernel } from '../../kernel.ts';
import { activationNumber } from './activation.ts';
import { matMulJob, type SpreadTensor } from './job.ts';
import { outShapeOf, type Product, productOf } from './product.ts';
import { isPerColumn, type Spread, spreadOver } from './spread.ts';

/** A call of tfjs's BatchMatMul, or of its _FusedMatMul, whose further inputs and attributes are optional here. */
export interface MatMulCall {
  readonly inputs: {
    readonly a: TensorInfo;
    readonly b: TensorInfo;
    readonly bias?: TensorInfo | undefined;
    readonly preluActivationWeights?: TensorInfo | undefined;
  };
  readonly attrs: {
    readonly transposeA: boolean;
    readonly transposeB: boolean;
    readonly activation?: string | undefined;
    readonly leakyreluAlpha?: number | undefined;
  };
}

/** The product, or undefined for a call that is tfjs's own kernel's: another dtype, or a bias that does not fit. */
export function matMul(runtime: Runtime, { inputs, attrs }: MatMulCall): Tensor | undefined {
  const { a, b, bias, preluActivationWeights: slopes } = inputs;
  const activation = activationNumber(attrs.activation ?? 'linear');
  const isFloat = [a, b, bias, slopes].every((tensor) => !tensor || tensor.dtype === 'float32');
  if (!isFloat || activation === undefined || a.shape.length < 2 || b.shape.length < 2) return undefined;

  const product = productOf({ shape: a.shape, transposed: attrs.transposeA }, { shape: b.shape, transposed: attrs.transposeB });
  const biasSpread = bias && spreadOver(product, bias.shape);
  const slopesSpread = slopes && spreadOver(product, slopes.shape);
  if ((bias && !biasSpread) || (slopes && !slopesSpread) || (attrs.activation === 'prelu' && !slopes)) return undefined;

  return onThreads(runtime, workOf(product, [a, b, bias, slopes]), (given) => {
    const { heap, kernels, shared } = given;
    const inHeap = (tensor: TensorInfo | undefined, spread: Spread | undefined): SpreadTensor | undefined =>
      tensor && spread && { ...spread, pointer: heap.pointerOf(tensor) };
    const out = heap.makeOutput(outShapeOf(product));
    const call = {
      product: inOnePiece(product, [biasSpread, slopesSpread]),
      ...{ a: heap.pointerOf(a), b: heap.pointerOf(b), out: heap.pointerOf(out) },
      ...{ activation, bias: inHeap(bias, biasSpread), slopes: inHeap(slopes, slopesSpread), slope: attrs.leakyreluAlpha ?? 0 },
    };
    runJob(given, matMulJob(kernels, call, shared?.pool.size));
    return out;
  });
}

/**
 * The same for tfjs's fused.matMul, which flattens the batches of a and b before it calls its kernel: what they were is lost, so that only
 * equal numbers of products, or one for all, can be told apart.
 * @throws ShapeError for other batches, which the plain product takes
 */
export function fusedMatMul(runtime: Runtime, call: MatMulCall): Tensor | undefined {
  const { a, b } = call.inputs;
  const [ofA, ofB] = [a, b].map(({ shape }) => util.sizeFromShape(shape.slice(0, -2))) as [number, number];
  const isFlat = a.shape.length <= 3 && b.shape.length <= 3;
  if (!isFlat || ofA === ofB || ofA === 1 || ofB === 1) return matMul(runtime, call);
  throw new ShapeError({
    caller: 'fused.matMul',
    problem: 'a and b must have equally many matrices, or one of them a single one.',
    expected: `${ofA} or 1 matrices in b  (set by a)`,
    got: `${ofB}, of batches that tfjs flattens before they are broadcast`,
    remedy: 'write add(matMul(a, b), bias) and its activation, which broadcast batches.',
  });
}

function workOf(product: Product, inputs: readonly (TensorInfo | undefined)[]): Work {
  const cells = util.sizeFromShape(outShapeOf(product));
  const read = inputs.reduce((sum, input) => sum + (input ? util.sizeFromShape(input.shape) : 0), 0);
  return { flops: 2 * cells * product.depth, bytes: 4 * (cells + read) };
}

/** One b for the whole batch, and a's rows in one piece: the batch is one tall product, so that b is packed once. */
function inOnePiece(product: Product, spreads: readonly (Spread | undefined)[]): Product {
  const { aOffsets, bOffsets, rows, aRowStep } = product;
  const batch = aOffsets.length;
  const isTall = aOffsets.every((offset, at) => offset === at * rows * aRowStep) && bOffsets.every((offset) => offset === 0);
  if (batch < 2 || !isTall || spreads.some((spread) => spread && !isPerColumn(spread))) return product;
  return { ...product, rows: rows * batch, aOffsets: [0], bOffsets: [0] };
}

/** tfjs's BatchMatMul and _FusedMatMul. */
export const matMulKernels: Kernel = {
  name: `${BatchMatMul}, ${_FusedMatMul}`,
  add: (runtimeOf) => replaceKernels<MatMulCall>(runtimeOf, { [BatchMatMul]: matMul, [_FusedMatMul]: fusedMatMul }),
};
