import type { Tensor } from '@tensorflow/tfjs-core';
import { visiblePairs } from './attention/pairs.ts';
import { multiHeadAttention } from './layer/multi-head-attention.ts';
import type { Weights } from './layer/weights.ts';

// BigBird (Zaheer et al. 2020, "Big Bird: Transformers for Longer Sequences", arXiv:2007.14062), §2, by blocks as in its appendix D.

export interface BigBirdSizes {
  readonly heads: number;
  readonly blockSize: number;
  /** For each head and each query block but the first and the last: the key blocks that it attends to besides. */
  readonly randomBlocks: readonly (readonly (readonly number[])[])[];
  /** For each batch row: 1 for a token, 0 for padding; all are tokens by default. */
  readonly marks?: readonly ArrayLike<number>[] | undefined;
}

/** A block attends to its neighbours, the first and the last block, and its random blocks; the first and the last block attend to all. */
export function bigBirdAttention(weights: Weights, hidden: Tensor, { heads, blockSize, randomBlocks, marks }: BigBirdSizes): Tensor {
  const [batch = 0, length = 0] = hidden.shape;
  const last = Math.ceil(length / blockSize) - 1;
  const isEnd = (block: number): boolean => block === 0 || block === last;
  const isToken = (row: number, at: number): boolean => (marks?.[row]?.[at] ?? 1) === 1;
  const counts = visiblePairs({ batch, heads, queries: length, keys: length }, ({ batch: row, head, query, key }) => {
    const [from, to] = [Math.floor(query / blockSize), Math.floor(key / blockSize)];
    const isShown = Math.abs(from - to) <= 1 || isEnd(from) || isEnd(to) || (randomBlocks[head]?.[from - 1]?.includes(to) ?? false);
    return isShown && isToken(row, query) && isToken(row, key);
  });
  return multiHeadAttention(weights, { queries: hidden, heads }, { counts });
}
