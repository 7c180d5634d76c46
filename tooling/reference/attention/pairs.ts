import { type Tensor, tensor } from '@tensorflow/tfjs-core';

/** One query and one key, of one batch row and head. */
export interface Pair {
  readonly batch: number;
  readonly head: number;
  readonly query: number;
  readonly key: number;
}

export interface PairCounts {
  readonly batch?: number | undefined;
  readonly heads?: number | undefined;
  readonly queries: number;
  readonly keys: number;
}

/** 1 where the key is visible to the query, else 0: [batch, heads, queries, keys]; batch and heads are 1 where all are alike. */
export function visiblePairs({ batch = 1, heads = 1, queries, keys }: PairCounts, isVisible: (pair: Pair) => boolean): Tensor {
  const values = new Float32Array(batch * heads * queries * keys);
  let at = 0;
  for (let row = 0; row < batch; row++)
    for (let head = 0; head < heads; head++)
      for (let query = 0; query < queries; query++)
        for (let key = 0; key < keys; key++) values[at++] = isVisible({ batch: row, head, query, key }) ? 1 : 0;
  return tensor(values, [batch, heads, queries, keys]);
}

/** The same for a sequence of itself, where all batch rows and heads are alike: [1, 1, n, n]. */
export const visibleTokens = (length: number, isVisible: (query: number, key: number) => boolean): Tensor =>
  visiblePairs({ queries: length, keys: length }, ({ query, key }) => isVisible(query, key));
