import { stopGradient } from '@longspan/core-tensor';
import type { Tensor } from '@tensorflow/tfjs-core';
import { type Attended, scoresOf, softmaxAttention } from './attention/softmax-attention.ts';
import { type Choices, choicesOf, highest, type Numbers } from './numbers/numbers.ts';

// Top-k attention (Gupta et al. 2021, "Memory-efficient Transformers via Top-k Attention", arXiv:2106.06899), §2.

/** How well each key fits each query, apart from gradients: [b, h, nq, nk]. */
export const topKScores = (q: Tensor, k: Tensor): Tensor => scoresOf(stopGradient(q), stopGradient(k));

/** The keys of each query with the highest scores, among those that it may attend to. */
export const topKKeys = (
  scores: Numbers,
  topK: number,
  isVisible: (query: number, key: number, head: number) => boolean = () => true,
): Choices =>
  choicesOf(scores, (row, { head, row: query }) =>
    highest(
      row.map((score, key) => (isVisible(query, key, head) ? score : Number.NEGATIVE_INFINITY)),
      topK,
    ),
  );

/** Softmax over the chosen keys. @param chosen 1 for a key that was, else 0: [b, h, nq, nk] */
export const topKAttention = (q: Tensor, k: Tensor, v: Tensor, chosen: Tensor): Attended => softmaxAttention(q, k, v, { counts: chosen });
