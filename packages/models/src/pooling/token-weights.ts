import type { Padding } from '@longspan/core-tensor';

/** In the order in which sentence-transformers puts one after the other. */
export const poolingModes = ['cls', 'max', 'mean', 'mean_sqrt_len_tokens', 'weightedmean', 'lasttoken'] as const;

/** What one vector is made of many by. */
export type PoolingMode = (typeof poolingModes)[number];

/** Those that are sums of the tokens, by weights that padding alone decides on. */
export type LinearMode = Exclude<PoolingMode, 'max'>;

export const isPoolingMode = (mode: unknown): mode is PoolingMode => poolingModes.some((known) => known === mode);

interface Rows {
  readonly batch: number;
  readonly length: number;
  readonly padding: Padding | undefined;
  readonly promptLength: number;
}

export interface TokenWeights {
  /** [b, n]: 1 for each token that counts, else 0. */
  readonly counts: Float32Array;
  /** [b, modes, n]: what each token is multiplied by before the sum. */
  of(modes: readonly LinearMode[]): Float32Array;
}

/** What each token weighs in each mode. A prompt counts from the first token of its row, wherever padding stands. */
export function tokenWeights({ batch, length, padding, promptLength }: Rows): TokenWeights {
  const counts = new Float32Array(batch * length);
  const firsts = Array.from({ length: batch }, (_, row) => {
    const isToken = (at: number): boolean => padding === undefined || padding.isToken(row, at);
    let first = 0;
    while (first < length && !isToken(first)) first++;
    for (let at = first + promptLength; at < length; at++) if (isToken(at)) counts[row * length + at] = 1;
    return first;
  });
  const row = (at: number): Float32Array => counts.subarray(at * length, (at + 1) * length);
  return {
    counts,
    of(modes) {
      const weights = new Float32Array(batch * modes.length * length);
      firsts.forEach((first, at) => {
        modes.forEach((mode, place) => {
          const start = (at * modes.length + place) * length;
          weigh(mode, { counts: row(at), first, weights: weights.subarray(start, start + length) });
        });
      });
      return weights;
    },
  };
}

/** Fills in the weights of one row. */
function weigh(
  mode: LinearMode,
  { counts, first, weights }: { readonly counts: Float32Array; readonly first: number; readonly weights: Float32Array },
): void {
  const last = counts.lastIndexOf(1);
  if (last < 0) return; // a row without tokens
  if (mode === 'lasttoken') {
    weights[last] = 1;
    return;
  }
  if (mode === 'cls') {
    weights[first] = 1; // of a prompt as well: it is what the model was trained to sum up in
    return;
  }
  const shares = counts.map((counted, at) => (mode === 'weightedmean' ? counted * (at - first + 1) : counted));
  const total = shares.reduce((sum, share) => sum + share, 0);
  const divisor = mode === 'mean_sqrt_len_tokens' ? Math.sqrt(total) : total;
  shares.forEach((share, at) => {
    weights[at] = share / divisor;
  });
}
