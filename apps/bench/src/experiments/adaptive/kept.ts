import type { AttentionResult } from '@longspan/core-tensor';
import { dispose, div, matMul, mul, slice, sqrt, square, squeeze, sub, sum, type Tensor, tidy } from '@tensorflow/tfjs-core';
import type { AttentionLayer } from './attention-layers.ts';

/** What a pattern keeps of one layer. */
export interface Kept {
  /** By head: the mean share of the attention mass. */
  readonly recall: readonly number[];
  /** By head: what is visited over what causal attention visits. */
  readonly share: readonly number[];
  readonly error: number | null;
}

/** What a pattern keeps, from the attention over the keys it keeps. Disposes of that attention. */
export async function keptBy(
  { whole, logSumExp, heads, n, batch }: AttentionLayer,
  part: AttentionResult,
  share: readonly number[],
): Promise<Kept> {
  const errorTensor = tidy(() => sqrt(div(sum(square(sub(part.out, whole.out))), sum(square(whole.out)))));
  const [partial, error] = [await part.logSumExp.data<'float32'>(), await errorTensor.data()];
  dispose([part.out, part.logSumExp, errorTensor]);
  const recall = new Array<number>(heads).fill(0);
  for (let at = 0; at < partial.length; at++) {
    const head = Math.floor(at / n) % heads;
    recall[head] = (recall[head] as number) + Math.min(1, Math.exp((partial[at] as number) - (logSumExp[at] as number))) / (batch * n);
  }
  return { recall, share, error: error[0] as number };
}

/** Says of each query which keys it attends to: sets marks[key] to 1. */
export type MarkKeys = (row: number, head: number, query: number, marks: Uint8Array) => void;

/**
 * What choices of single pairs keep that give no log-sum-exp of their own: from the softmax weights themselves, one head of one text
 * at a time. Keys after the query do not count.
 */
export async function keptPairs(layer: AttentionLayer, choices: readonly MarkKeys[]): Promise<Kept[]> {
  const { batch, heads, n, logSumExp } = layer;
  const mass = choices.map(() => new Array<number>(heads).fill(0));
  const pairs = choices.map(() => new Array<number>(heads).fill(0));
  const marks = new Uint8Array(n);
  for (let row = 0; row < batch; row++) {
    for (let head = 0; head < heads; head++) {
      const scores = await scoresOf(layer, row, head);
      choices.forEach((mark, choice) => {
        let [kept, count] = [0, 0];
        for (let query = 0; query < n; query++) {
          mark(row, head, query, marks.fill(0));
          const all = logSumExp[(row * heads + head) * n + query] as number;
          for (let key = 0; key <= query; key++) {
            if (marks[key] === 0) continue;
            kept += Math.exp((scores[query * n + key] as number) - all);
            count++;
          }
        }
        const [massOfHead, pairsOfHead] = [mass[choice] as number[], pairs[choice] as number[]];
        massOfHead[head] = (massOfHead[head] as number) + kept / (batch * n);
        pairsOfHead[head] = (pairsOfHead[head] as number) + count / ((batch * n * (n + 1)) / 2);
      });
    }
  }
  return choices.map((_, choice) => ({ recall: mass[choice] as number[], share: pairs[choice] as number[], error: null }));
}

/** Scaled scores [n, n] of one head on one text. */
async function scoresOf({ q, k, n }: AttentionLayer, row: number, head: number): Promise<Float32Array> {
  const headDim = q.shape[3] as number;
  const scores = tidy(() => {
    const one = (x: Tensor): Tensor => squeeze(slice(x, [row, head, 0, 0], [1, 1, n, headDim]), [0, 1]);
    return mul(matMul(one(q), one(k), false, true), 1 / Math.sqrt(headDim));
  });
  const values = await scores.data<'float32'>();
  scores.dispose();
  return values;
}
