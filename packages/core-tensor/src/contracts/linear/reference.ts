import { add, getBackend, matMul, type Tensor, transpose, zeros } from '@tensorflow/tfjs-core';
import { interruptionPoint, isInterruptible } from '../../interrupt/interruptible.ts';
import { chunksOf, inChunks, itemsPerChunk, partOf } from '../../tensor/in-chunks.ts';

// On wasm one plain product of two matrices is SIMD code; with transposeA, transposeB or a batch it is scalar, 10 to 20 times
// slower. So everything here is such products, of matrices that were transposed before.

/** The linear map of rows, with the weight transposed to [in, out]. */
export function mapRows(rows: Tensor, transposed: Tensor, bias?: Tensor): Tensor {
  const product = productByRows(rows, transposed);
  return bias === undefined ? product : add(product, bias);
}

/** The gradient of the linear map for its rows, by the weight [out, in]. */
export const rowsGradient = (dy: Tensor, weight: Tensor): Tensor => productByRows(dy, weight);

// Additions and multiplications between two points where a run can be ended: 30 to 60 ms of tfjs's own kernels (cpu 1 and wasm 46 GF/s; on
// wasm a part of the rows costs a copy of all of them). On webgpu they are queued.
const flopsPerPanel: Readonly<Record<string, number>> = { cpu: 2 ** 25, wasm: 2 ** 31 };

/** rows · matrix; in row panels where the run may be ended, for tfjs's product has no end before its own. */
function productByRows(rows: Tensor, matrix: Tensor): Tensor {
  const flops = isInterruptible() ? flopsPerPanel[getBackend()] : undefined;
  if (flops === undefined) return matMul(rows, matrix);
  const panels = chunksOf(rows.shape[0] as number, itemsPerChunk(2 * matrix.size, flops));
  const [product] = inChunks(panels, 0, (panel) => {
    interruptionPoint();
    return [matMul(partOf(rows, panel), matrix)];
  });
  return product;
}

/** The gradient of the linear map for its weight [out, in]. */
export function weightGradient(dy: Tensor, rows: Tensor): Tensor {
  // wasm leaves a product of depth 0 unwritten.
  if (rows.shape[0] === 0) return zeros([dy.shape[1] as number, rows.shape[1] as number]);
  return matMul(transpose(dy), rows);
}
