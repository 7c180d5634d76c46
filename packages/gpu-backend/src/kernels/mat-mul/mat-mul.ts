import { replaceKernel } from '@longspan/core-tensor/kernel';
import { BatchMatMul, type BatchMatMulAttrs, type KernelFunc, type TensorInfo, tidy, util } from '@tensorflow/tfjs-core';
import { requireDevice } from '../../device/device-lost.ts';
import { unwritten } from '../../encode/unwritten.ts';
import type { TfjsWebGpu } from '../../tfjs/tfjs-webgpu.ts';
import type { Kernel } from '../kernel.ts';
import { stored } from '../product/finish.ts';
import { matrix } from '../product/operand.ts';
import { product } from '../product/product.ts';

/**
 * tfjs's matMul, where it is one product of two matrices: the linear output layer's of `linearCrossEntropy` is. tfjs's own adds parts of a deep
 * product by atomics, in any order; ours gives the same bits each time. Batches stay with tfjs.
 */
export const matMulKernel: Kernel = {
  name: BatchMatMul,
  add: (backendOf) =>
    replaceKernel(
      'webgpu',
      BatchMatMul,
      (stock): KernelFunc =>
        (call) => {
          const { a, b } = call.inputs as Record<'a' | 'b', TensorInfo>;
          return asOneProduct(backendOf(), a, b, call.attrs as object as BatchMatMulAttrs) ?? stock(call);
        },
    ),
};

/**
 * The product of all rows, where the call is one: neither side has a batch, or b has none and the rows of a's follow each other. Undefined where it
 * is none.
 */
function asOneProduct(
  backend: TfjsWebGpu,
  a: TensorInfo,
  b: TensorInfo,
  { transposeA, transposeB }: Pick<BatchMatMulAttrs, 'transposeA' | 'transposeB'>,
): TensorInfo | undefined {
  const most = backend.device.limits.maxStorageBufferBindingSize;
  const isTaken = ({ dataId, shape }: TensorInfo): boolean => {
    const size = util.sizeFromShape(shape);
    return size > 0 && 4 * size <= most && backend.tensorMap.get(dataId).dtype === 'float32';
  };
  if (a.shape.length < b.shape.length || !isTaken(a) || !isTaken(b)) return undefined;
  const batch = a.shape.slice(0, -2);
  const batches = util.sizeFromShape(batch);
  if (util.sizeFromShape(b.shape.slice(0, -2)) !== 1 || (batches !== 1 && transposeA)) return undefined;
  const [rowsOfA, columnsOfA] = a.shape.slice(-2) as [number, number];
  const [rowsOfB, columnsOfB] = b.shape.slice(-2) as [number, number];
  const [ownRows, depth] = transposeA ? [columnsOfA, rowsOfA] : [rowsOfA, columnsOfA];
  const columns = transposeB ? rowsOfB : columnsOfB;
  const rows = batches * ownRows;
  if (4 * rows * columns > most) return undefined;
  requireDevice(backend.device);
  return tidy(() => {
    const out = unwritten(backend, [...batch, ownRows, columns]);
    product(backend, {
      rows,
      columns,
      depth,
      a: matrix(a, transposeA ? { width: rows, count: depth } : { width: depth, count: rows }, !transposeA),
      b: matrix(b, transposeB ? { width: depth, count: columns } : { width: columns, count: depth }, transposeB),
      finish: stored({ out, width: columns }),
    });
    return out;
  });
}
