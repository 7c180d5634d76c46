import type { AttentionRequest } from '@longspan/core-tensor';
import { ConfigError } from '@longspan/core-tensor/error';
import { type RowWeights, reorderRows, rowsOfHeads } from '@longspan/core-tensor/kernel';
import { add, cast, concat, pad, reshape, sub, type Tensor } from '@tensorflow/tfjs-core';

/** One of Longformer's two passes. */
export interface Attended {
  /** [b, queries, width] */
  readonly hidden: Tensor;
  /** Rows of its softmax. */
  readonly rows: (queries: readonly number[]) => RowWeights;
}

interface Passes {
  readonly local: Attended;
  readonly global?: (Attended & { readonly count: number; readonly put: Int32Array }) | undefined;
}

/** The rows of chosen tokens: of global tokens those of their own softmax. `put` is the plan's. */
export function longformerRows(caller: string, { queries, heads }: AttentionRequest, { local, global }: Passes): RowWeights {
  const of = (rows: RowWeights): RowWeights => (heads === undefined ? rows : rowsOfHeads(caller, rows, heads));
  const near = of(local.rows(queries));
  if (global === undefined) return near;
  const all = of(global.rows(Array.from({ length: global.count }, (_, at) => at)));
  const width = Math.max(near.keys.shape[3] as number, all.keys.shape[3] as number);
  const [batch, shown] = near.keys.shape as [number, number];
  const total = queries.length + global.count;
  const length = global.put.length / batch;
  if (length >= 2 ** 24) throw tooLong(caller, length);
  const order = new Int32Array(batch * shown * queries.length);
  for (let at = 0; at < order.length; at++) {
    const [sequence, query] = [Math.floor(at / queries.length), queries[at % queries.length] as number];
    const row = Math.floor(sequence / shown);
    // The plan's row of that token, among the n local and the `count` global ones of its batch row.
    const place = (global.put[row * length + query] as number) - row * (length + global.count);
    order[at] = sequence * total + (place < length ? at % queries.length : queries.length + place - length);
  }
  const chosen = (one: Tensor, other: Tensor): Tensor => {
    const joined = reshape(concat([wide(one, width), wide(other, width)], 2), [1, batch * shown * total, width]);
    return reshape(reorderRows(joined, order), [batch, shown, queries.length, width]);
  };
  // Keys are exact in float32 below 2^24; 1 more, so that what is filled up, 0, becomes −1.
  const numbered = (keys: Tensor): Tensor => add(cast(keys, 'float32'), 1);
  const keys = cast(sub(chosen(numbered(near.keys), numbered(all.keys)), 1), 'int32');
  return { keys, weights: chosen(near.weights, all.weights) };
}

function wide(rows: Tensor, width: number): Tensor {
  return pad(rows, [
    [0, 0],
    [0, 0],
    [0, 0],
    [0, width - (rows.shape[3] as number)],
  ]);
}

const tooLong = (caller: string, length: number): ConfigError =>
  new ConfigError({
    caller,
    problem: 'attention weights must be asked for over fewer than 2^24 tokens.',
    expected: 'fewer than 16,777,216 tokens',
    got: `${length} tokens`,
    remedy: 'read the text in windows.',
  });
