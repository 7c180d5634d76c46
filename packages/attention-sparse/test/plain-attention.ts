import type { Tensor } from '@tensorflow/tfjs-core';

type Rows = readonly (readonly number[])[];
/** [b][h][n][d] */
export type Plain = readonly (readonly Rows[])[];

/** Softmax attention in float64 on lists, pair by pair: the yardstick of the layers' tests. A row that sees nothing is 0. */
export function plainAttention(
  { q, k, v }: { readonly q: Plain; readonly k: Plain; readonly v: Plain },
  allows: (at: { readonly batch: number; readonly head: number; readonly query: number; readonly key: number }) => boolean,
  {
    scale = 1 / Math.sqrt(q[0]![0]![0]!.length),
    bias = () => 0,
  }: { scale?: number; bias?: (head: number, query: number, key: number) => number } = {},
): number[][][][] {
  return q.map((heads, batch) =>
    heads.map((queries, head) =>
      queries.map((one, query) => {
        const keys = k[batch]![head]!;
        const scores = keys.map((other, key) =>
          allows({ batch, head, query, key })
            ? scale * one.reduce((sum, x, at) => sum + x * other[at]!, 0) + bias(head, query, key)
            : -Infinity,
        );
        const top = Math.max(...scores);
        const weights = scores.map((score) => (score === -Infinity ? 0 : Math.exp(score - top)));
        const total = weights.reduce((sum, weight) => sum + weight, 0);
        return v[batch]![head]![0]!.map((_, feature) =>
          total === 0 ? 0 : weights.reduce((sum, weight, key) => sum + weight * v[batch]![head]![key]![feature]!, 0) / total,
        );
      }),
    ),
  );
}

/** Features [b, n, h · d] as [b][h][n][d]. */
export const inHeads = (x: Rows[] | readonly Rows[], heads: number): Plain =>
  x.map((rows) =>
    Array.from({ length: heads }, (_, head) =>
      rows.map((row) => row.slice((head * row.length) / heads, ((head + 1) * row.length) / heads)),
    ),
  );

/** x · weightᵀ + bias on lists. */
export const plainDense = (x: readonly Rows[], weight: Rows, bias: readonly number[]): number[][][] =>
  x.map((rows) => rows.map((row) => weight.map((column, out) => column.reduce((sum, w, at) => sum + w * row[at]!, bias[out]!))));

/** [b][h][n][d] as one list in the order of [b, n, h · d]. */
export const flatTokens = (x: Plain): number[] => x.flatMap((heads) => heads[0]!.flatMap((_, at) => heads.flatMap((rows) => rows[at]!)));

/** The numbers of a tensor [b, n, width] as lists. */
export const listsOf = async (x: Tensor): Promise<number[][][]> => (await x.array()) as number[][][];
