import type { LayerState } from '@longspan/core-tensor';
import { reorderRows } from '@longspan/core-tensor/kernel';
import { gather, reshape, type Tensor, tensor1d } from '@tensorflow/tfjs-core';

/** A number that belongs to a row, as layers name them by `.row`: memory.lengths.3. */
const numberOfRow = /^(.*[.])\d+$/;

export interface RowOrder {
  /** For each new row the old one. */
  readonly order: readonly number[];
  /** The names that stay as they are, the very tensors. */
  readonly isShared?: ((name: string) => boolean) | undefined;
}

/**
 * A state whose rows come from other rows: dropped, repeated and exchanged, as beams are. Numbers of rows (`memory.lengths.0`) go with them;
 * all other numbers are those of every row. To be called inside a tidy.
 * @shape every tensor [rows, ...] -> [order.length, ...]
 * @cost one copy of what is not shared
 */
export function reorderedState(state: LayerState, { order, isShared = () => false }: RowOrder): LayerState {
  const rows = Int32Array.from(order);
  const next: Record<string, Tensor | number> = {};
  for (const [name, value] of Object.entries(state)) {
    const prefix = numberOfRow.exec(name)?.[1];
    if (isShared(name)) next[name] = value;
    else if (typeof value !== 'number') next[name] = reordered(value, rows);
    else if (prefix === undefined) next[name] = value;
    else for (const [row, from] of order.entries()) next[`${prefix}${row}`] = state[`${prefix}${from}`] as number;
  }
  return next;
}

function reordered(x: Tensor, rows: Int32Array): Tensor {
  const [count = 0, ...rest] = x.shape;
  if (x.dtype !== 'float32') return gather(x, tensor1d(rows, 'int32'));
  return reshape(reorderRows(reshape(x, [1, count, x.size / count]), rows), [rows.length, ...rest]);
}
