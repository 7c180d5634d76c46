import { gatherRows, type Padding } from '@longspan/core-tensor';
import { rowsOf } from '@longspan/core-tensor/kernel';
import { add, fill, mul, notEqual, range, reshape, scalar, type Tensor, tensor, tensor1d, where } from '@tensorflow/tfjs-core';

/** The tokens of all clusters, one cluster after the other: gather indices. */
export interface ClusterOrder {
  readonly perCluster: number;
  /** Int32 [b · h · clusters · window]: rows of [b · h · tokens]. */
  readonly rows: Tensor;
  /** @shape x [b, h, tokens, width] -> [b, h, clusters · window, width] */
  gather(x: Tensor): Tensor;
  /** Where the gathered tokens stood, −1 for padding. @shape [b, h, clusters · window] */
  positions(padding: Padding | undefined): Tensor;
}

export function clusterOrder(members: Tensor, tokens: number): ClusterOrder {
  const [batch = 0, heads = 0, clusters = 0, window = 0] = members.shape;
  const first = mul(reshape(range(0, batch * heads, 1, 'int32'), [batch, heads, 1, 1]), scalar(tokens, 'int32'));
  const rows = reshape(add(members, first), [-1]);
  return {
    perCluster: window,
    rows,
    gather: (x) => {
      const width = x.shape[3] as number;
      return reshape(gatherRows(reshape(x, [-1, width]), rows), [batch, heads, clusters * window, width]);
    },
    positions(padding) {
      const positions = reshape(members, [batch, heads, clusters * window]);
      if (padding === undefined) return positions;
      const marks = Array.from({ length: batch }, (_, row) => padding.rows[row % padding.rows.length] as Uint8Array);
      const row = mul(reshape(range(0, batch, 1, 'int32'), [batch, 1, 1]), scalar(tokens, 'int32'));
      const kept = rowsOf(tensor1d(Int32Array.from(marks.flatMap((row) => Array.from(row))), 'int32'), add(positions, row));
      return where(notEqual(kept, scalar(0, 'int32')), positions, fill(positions.shape, -1, 'int32'));
    },
  };
}

/** Where tokens stand that are in their order, −1 for padding. @shape int32 [rows of padding or 1, 1, tokens] */
export function positionsOf(tokens: number, padding: Padding | undefined): Tensor {
  const rows = padding === undefined ? 1 : padding.rows.length;
  const numbers = Int32Array.from({ length: rows * tokens }, (_, at) => {
    const position = at % tokens;
    return padding === undefined || padding.isToken(Math.floor(at / tokens), position) ? position : -1;
  });
  return tensor(numbers, [rows, 1, tokens], 'int32');
}
