import type { AttentionRequest } from '@longspan/core-tensor';
import { type AttentionCall, askedAttentionRows, type RowWeights } from '@longspan/core-tensor/kernel';
import { add, gather, reshape, scalar, type Tensor, tensor1d } from '@tensorflow/tfjs-core';

/**
 * Rows of the softmax of tokens of an image whose attention runs in the order of its windows: queries and keys by their places in the image.
 * Tokens that fill the last windows are keys too, of number −1, with weights like the others.
 * @param order of each token of a window its place in the image, or −1
 * @param inverse of each token of the image its place in the order of windows
 */
export function windowRows(
  caller: string,
  call: AttentionCall,
  logSumExp: Tensor,
  { queries, heads }: AttentionRequest,
  { order, inverse }: { readonly order: Int32Array; readonly inverse: Int32Array },
): RowWeights {
  // A query that is not there stays one that is not there.
  const places = queries.map((query) => inverse[query] ?? order.length);
  const { keys, weights } = askedAttentionRows(caller, call, { logSumExp, queries: places, heads });
  const table = tensor1d([-1, ...order], 'int32');
  return { keys: reshape(gather(table, add(reshape(keys, [-1]), scalar(1, 'int32'))), keys.shape), weights };
}
