import {
  add,
  div,
  exp,
  matMul,
  max,
  mean,
  mul,
  rsqrt,
  square,
  sub,
  sum,
  type Tensor,
  tensor,
  tidy,
  transpose,
} from '@tensorflow/tfjs-core';

export interface CountedOptions {
  readonly chunkLength: number;
  readonly chunksBefore: number;
  readonly chunksAfter: number;
  readonly causal: boolean;
  /** 1 for a token, 0 for padding, for each token of each batch row. */
  readonly attentionMask?: readonly (readonly number[])[];
}

/**
 * How often each query sees each key, [b · h][n · n], in plain loops: a stable sort of all rounds in one line, chunks in a circle, every
 * copy of a token counted. A token's own copies count only where it sees nothing else.
 */
export function seenCounts(
  buckets: readonly (readonly (readonly (readonly number[])[])[])[],
  { chunkLength, chunksBefore, chunksAfter, causal, attentionMask }: CountedOptions,
): number[][] {
  return buckets.flatMap((heads, batch) =>
    heads.map((rounds) => {
      const n = rounds[0]?.length ?? 0;
      const line = rounds.flatMap((round, r) => round.map((bucket, position) => ({ bucket: bucket + r * 1e6, position })));
      line.sort((a, b) => a.bucket - b.bucket); // Array.prototype.sort is stable
      const chunks = line.length / chunkLength;
      const counts = new Array<number>(n * n).fill(0);
      line.forEach(({ position: query }, at) => {
        const chunk = Math.floor(at / chunkLength);
        for (let step = -chunksBefore; step <= chunksAfter; step++) {
          const seen = (((chunk + step) % chunks) + chunks) % chunks;
          for (const { position: key } of line.slice(seen * chunkLength, (seen + 1) * chunkLength)) {
            const hidden = (causal && key > query) || attentionMask?.[batch]?.[key] === 0;
            if (key === query || !hidden) counts[query * n + key] = (counts[query * n + key] as number) + 1;
          }
        }
      });
      for (let query = 0; query < n; query++) {
        const row = counts.slice(query * n, (query + 1) * n);
        if (row.some((count, key) => count > 0 && key !== query)) counts[query * n + query] = 0;
      }
      return counts;
    }),
  );
}

/** Softmax over keys that count several times, by one n x n table of stock tfjs ops: shared query-keys of length 1. */
export function countedAttention(x: Tensor, value: Tensor, counts: readonly number[][]): Tensor {
  return tidy(() => {
    const [batch = 0, heads = 0, n = 0, headDim = 0] = x.shape;
    const weightOf = tensor(counts.flat(), [batch, heads, n, n]);
    const keys = mul(x, mul(rsqrt(add(mean(square(x), 3, true), 1e-6)), 1 / Math.sqrt(headDim)));
    const scores = matMul(x, transpose(keys, [0, 1, 3, 2]));
    const weights = mul(weightOf, exp(sub(scores, max(scores, 3, true))));
    return div(matMul(weights, value), sum(weights, 3, true));
  });
}
