import { causal, type Mask, slidingWindow } from '@longspan/attention-sparse';
import { type Key, randomNormal } from '@longspan/core-tensor/key';
import { type Tensor4D, tensor4d } from '@tensorflow/tfjs-core';
import type { RowProblem } from '../../attention/row-check.ts';
import type { AttentionSize } from './input.ts';

/** Queries, keys, values and a cotangent of the output, as arrays for the check and as tensors for the contenders. */
export interface AttentionProblem extends RowProblem {
  readonly cotangent: Float32Array;
  readonly tensors: readonly [q: Tensor4D, k: Tensor4D, v: Tensor4D];
  readonly dy: Tensor4D;
}

/** Drawing tens of millions of numbers takes seconds. A prime, so that no two tokens are alike. */
const period = 1_000_003;

function repeated(values: Float32Array, count: number): Float32Array {
  const out = new Float32Array(count);
  for (let at = 0; at < count; at += values.length) out.set(values.subarray(0, count - at), at);
  return out;
}

export function attentionProblem(size: AttentionSize, key: Key): AttentionProblem {
  const { n, heads, headDim } = size;
  const drawn = (name: string): Float32Array =>
    repeated(randomNormal(key.fold(name), Math.min(period, heads * n * headDim)), heads * n * headDim);
  const [q, k, v, cotangent] = [drawn('q'), drawn('k'), drawn('v'), drawn('cotangent')];
  const tensor = (values: Float32Array): Tensor4D => tensor4d(values, [1, heads, n, headDim]);
  return { ...size, q, k, v, cotangent, tensors: [tensor(q), tensor(k), tensor(v)], dy: tensor(cotangent) };
}

export const causalWindow = (left: number): Mask => slidingWindow({ left, right: 0 }).and(causal());

export type Gradients = Readonly<Record<'q' | 'k' | 'v', ArrayLike<number>>>;

/** float32 sums of a few hundred terms, in another order. */
const tolerance = 2e-4;

/**
 * Recomputes rows of dq, dk and dv in float64: the first, the last and some drawn ones of each head.
 * @param options.rows how many are drawn  @param options.heads whose rows; all by default
 * @throws Error where a number is off by more than the tolerance, or is none
 */
export function checkGradientRows(
  problem: AttentionProblem,
  gradients: Gradients,
  random: () => number,
  { rows = 3, heads = Array.from({ length: problem.heads }, (_, head) => head) } = {},
): void {
  const { n, headDim } = problem;
  const drawn = Array.from({ length: rows }, () => Math.floor(random() * n));
  for (const head of heads) {
    const known = new Map<number, QueryStats>();
    for (const token of new Set([0, n - 1, ...drawn])) {
      const expected = gradientRows(problem, head, token, known);
      for (const name of ['q', 'k', 'v'] as const) {
        expected[name].forEach((value, axis) => {
          const got = gradients[name][(head * n + token) * headDim + axis] as number;
          if (Math.abs(got - value) <= tolerance * (1 + Math.abs(value))) return;
          throw new Error(`wrong gradient: head ${head}, token ${token}: d${name}[${axis}] is ${got}, expected ${value}`);
        });
      }
    }
  }
}

/** What a query's weights and the gradient of its scores follow from: several tokens see the same query. */
interface QueryStats {
  readonly logSumExp: number;
  /** The output times its cotangent. */
  readonly mean: number;
}

/** The rows of dq, dk and dv that belong to one token. */
function gradientRows(
  problem: AttentionProblem,
  head: number,
  token: number,
  known: Map<number, QueryStats>,
): Record<'q' | 'k' | 'v', Float64Array> {
  const { q, k, v, cotangent, n, headDim, left, right = 0 } = problem;
  const scale = 1 / Math.sqrt(headDim);
  const at = (position: number): number => (head * n + position) * headDim;
  const dot = (a: Float32Array, from: number, b: Float32Array, to: number): number => {
    let sum = 0;
    for (let axis = 0; axis < headDim; axis++) sum += (a[from + axis] as number) * (b[to + axis] as number);
    return sum;
  };
  const add = (row: Float64Array, share: number, values: Float32Array, from: number): void => {
    for (let axis = 0; axis < headDim; axis++) row[axis] = (row[axis] as number) + share * (values[from + axis] as number);
  };
  const score = (query: number, key: number): number => scale * dot(q, at(query), k, at(key));
  const statsOf = (query: number): QueryStats => {
    const found = known.get(query);
    if (found !== undefined) return found;
    const [first, last] = [Math.max(0, query - left), Math.min(n - 1, query + right)];
    let top = Number.NEGATIVE_INFINITY;
    for (let key = first; key <= last; key++) top = Math.max(top, score(query, key));
    let [total, mean] = [0, 0];
    for (let key = first; key <= last; key++) {
      const share = Math.exp(score(query, key) - top);
      total += share;
      mean += share * dot(cotangent, at(query), v, at(key));
    }
    const stats = { logSumExp: top + Math.log(total), mean: mean / total };
    known.set(query, stats);
    return stats;
  };
  /** The weight of a key for a query, and the gradient of their score. */
  const ofPair = (query: number, key: number): { readonly weight: number; readonly scoreGradient: number } => {
    const { logSumExp, mean } = statsOf(query);
    const weight = Math.exp(score(query, key) - logSumExp);
    return { weight, scoreGradient: weight * (dot(cotangent, at(query), v, at(key)) - mean) };
  };
  const rows = { q: new Float64Array(headDim), k: new Float64Array(headDim), v: new Float64Array(headDim) };
  for (let key = Math.max(0, token - left); key <= Math.min(n - 1, token + right); key++) {
    add(rows.q, scale * ofPair(token, key).scoreGradient, k, at(key));
  }
  for (let query = Math.max(0, token - right); query <= Math.min(n - 1, token + left); query++) {
    const { weight, scoreGradient } = ofPair(query, token);
    add(rows.v, weight, cotangent, at(query));
    add(rows.k, scale * scoreGradient, q, at(query));
  }
  return rows;
}
