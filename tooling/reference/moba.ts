import { stopGradient } from '@longspan/core-tensor';
import { mul, type Tensor } from '@tensorflow/tfjs-core';
import { visibleTokens } from './attention/pairs.ts';
import { type Attended, scoresOf, softmaxAttention } from './attention/softmax-attention.ts';
import { type Choices, choicesOf, highest, type Numbers } from './numbers/numbers.ts';
import { mixed, partMeans, spread } from './numbers/table.ts';

// Mixture of Block Attention (Lu et al. 2025, "MoBA: Mixture of Block Attention for Long-Context LLMs", arXiv:2502.13189), §2.2.

/** The score of each chunk for each query, apart from gradients: by the mean of the chunk's keys. @shape [b, h, n, chunks] */
export const mobaGates = (q: Tensor, k: Tensor, chunkSize: number): Tensor =>
  scoresOf(stopGradient(q), mixed(partMeans(k.shape[2] as number, chunkSize), stopGradient(k)));

/** The chunks of each query: its own before all, and those with the highest gates; none of the future where it is causal. */
export const mobaChunks = (
  gates: Numbers,
  { chunkSize, topK, causal }: { readonly chunkSize: number; readonly topK: number; readonly causal: boolean },
): Choices =>
  choicesOf(gates, (row, { row: query }) => {
    const own = Math.floor(query / chunkSize);
    const scores = row.map((gate, chunk) => {
      if (chunk === own) return Number.POSITIVE_INFINITY;
      return causal && chunk > own ? Number.NEGATIVE_INFINITY : gate;
    });
    return highest(scores, topK);
  });

/** Softmax over the tokens of the chosen chunks. @param chosen 1 for a chunk that was, else 0: [b, h, n, chunks] */
export function mobaAttention(
  q: Tensor,
  k: Tensor,
  v: Tensor,
  { chosen, chunkSize, causal }: { readonly chosen: Tensor; readonly chunkSize: number; readonly causal: boolean },
): Attended {
  const length = k.shape[2] as number;
  const tokens = spread(chosen, length, chunkSize);
  const counts = causal
    ? mul(
        tokens,
        visibleTokens(length, (query, key) => key <= query),
      )
    : tokens;
  return softmaxAttention(q, k, v, { counts });
}
