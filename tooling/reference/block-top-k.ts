import { stopGradient } from '@longspan/core-tensor';
import type { Tensor } from '@tensorflow/tfjs-core';
import { forQueryHeads } from './attention/heads.ts';
import { scoresOf } from './attention/softmax-attention.ts';
import { type Choices, choicesOf, highest, type Numbers } from './numbers/numbers.ts';
import { mixed, partMeans, partsOf, table } from './numbers/table.ts';

// The highest blocks by the products of block means, as in Double Sparsity, Quest and SeerAttention's baseline: no paper of its own.

/**
 * The score of each block of keys for each block of queries, apart from gradients: the product of their means, or of the first
 * query and the mean of the keys, where the block may know no more than its first query.
 * @shape q [b, h, nq, d]; k [b, hkv, nk, d] -> [b, h, query blocks, key blocks]
 */
export function blockScores(
  q: Tensor,
  k: Tensor,
  { blockSize, causal = false }: { readonly blockSize: number; readonly causal?: boolean },
): Tensor {
  const [nq, nk] = [q.shape[2] as number, k.shape[2] as number];
  const queries = causal
    ? table(partsOf(nq, blockSize), nq, (block, query) => Number(query === block * blockSize))
    : partMeans(nq, blockSize);
  const keys = mixed(partMeans(nk, blockSize), stopGradient(k));
  return scoresOf(mixed(queries, stopGradient(q)), forQueryHeads(keys, q.shape[1] as number));
}

/** The key blocks of each query block with the highest scores, among those that it may choose. */
export const highestBlocks = (
  scores: Numbers,
  topK: number,
  mayChoose: (queryBlock: number, keyBlock: number) => boolean = () => true,
): Choices =>
  choicesOf(scores, (row, { row: block }) =>
    highest(
      row.map((score, other) => (mayChoose(block, other) ? score : Number.NEGATIVE_INFINITY)),
      topK,
    ),
  );
