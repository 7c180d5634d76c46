import { causal, type Mask, slidingWindow } from '@longspan/attention-sparse';
import { type Key, randomNormal } from '@longspan/core-tensor/key';
import { type Tensor4D, tensor4d } from '@tensorflow/tfjs-core';
import { attentionRow, type RowProblem } from '../../attention/row-check.ts';
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
 * @throws Error where a number is off by more than the tolerance, or is none
 */
export function checkGradientRows(problem: AttentionProblem, gradients: Gradients, random: () => number, rows = 3): void {
  const { n, heads, headDim } = problem;
  const drawn = Array.from({ length: rows }, () => Math.floor(random() * n));
  for (let head = 0; head < heads; head++) {
    for (const token of new Set([0, n - 1, ...drawn])) {
      const expected = gradientRows(problem, head, token);
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

/** The rows of dq, dk and dv that belong to one token. */
function gradientRows(problem: AttentionProblem, head: number, token: number): Record<'q' | 'k' | 'v', Float64Array> {
  const { q, k, v, cotangent, n, headDim, left } = problem;
  const scale = 1 / Math.sqrt(headDim);
  const at = (position: number): number => (head * n + position) * headDim;
  const dot = (a: ArrayLike<number>, from: number, b: ArrayLike<number>, to: number): number => {
    let sum = 0;
    for (let axis = 0; axis < headDim; axis++) sum += (a[from + axis] as number) * (b[to + axis] as number);
    return sum;
  };
  const add = (row: Float64Array, share: number, values: Float32Array, from: number): void => {
    for (let axis = 0; axis < headDim; axis++) row[axis] = (row[axis] as number) + share * (values[from + axis] as number);
  };
  /** The weights of a query's keys, and the gradient of its scores. */
  const ofQuery = (query: number): { first: number; weights: number[]; scoreGradients: number[] } => {
    const first = Math.max(0, query - left);
    const scores = Array.from({ length: query - first + 1 }, (_, step) => scale * dot(q, at(query), k, at(first + step)));
    const top = Math.max(...scores);
    const total = scores.reduce((sum, score) => sum + Math.exp(score - top), 0);
    const weights = scores.map((score) => Math.exp(score - top) / total);
    const mean = dot(attentionRow(problem, head, query), 0, cotangent, at(query));
    return {
      first,
      weights,
      scoreGradients: weights.map((weight, step) => weight * (dot(cotangent, at(query), v, at(first + step)) - mean)),
    };
  };
  const rows = { q: new Float64Array(headDim), k: new Float64Array(headDim), v: new Float64Array(headDim) };
  const own = ofQuery(token);
  own.scoreGradients.forEach((gradient, step) => {
    add(rows.q, scale * gradient, k, at(own.first + step));
  });
  for (let query = token; query <= Math.min(n - 1, token + left); query++) {
    const { first, weights, scoreGradients } = ofQuery(query);
    add(rows.v, weights[token - first] as number, cotangent, at(query));
    add(rows.k, scale * (scoreGradients[token - first] as number), q, at(query));
  }
  return rows;
}
