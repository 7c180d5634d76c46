import { createKey, type Key, randomNormal, stopGradient } from '@longspan/core-tensor';
import { type Backend, withBackend } from '@longspan/tooling/expect';
import {
  add,
  concat,
  dispose,
  equal,
  exp,
  getBackend,
  grads,
  log,
  matMul,
  max,
  maximum,
  mul,
  reshape,
  type Scalar,
  slice,
  sub,
  sum,
  type Tensor,
  tensor,
  tidy,
  where,
  zerosLike,
} from '@tensorflow/tfjs-core';

/** Numbers that belong to no backend. */
export interface Numbers {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

export function drawn(key: Key, ...shape: number[]): Numbers {
  return {
    shape,
    values: randomNormal(
      key,
      shape.reduce((product, size) => product * size, 1),
    ),
  };
}

export const tensorOf = ({ values, shape }: Numbers): Tensor => tensor(values, [...shape]);

/** The row of a [b, h, n, width] at these indices. */
export function rowOf({ shape: [, heads = 0, length = 0, width = 0], values }: Numbers, batch: number, head: number, at: number): number[] {
  const start = ((batch * heads + head) * length + at) * width;
  return Array.from(values.subarray(start, start + width));
}

export const dot = (one: readonly number[], other: readonly number[]): number =>
  one.reduce((total, value, at) => total + value * other[at]!, 0);

/** Which of the numbers are the highest, ascending; of equal ones the first. −Infinity is none. */
export const highest = (scores: readonly number[], count: number): number[] =>
  scores
    .map((score, at) => ({ score, at }))
    .filter(({ score }) => score > Number.NEGATIVE_INFINITY)
    .sort((one, other) => other.score - one.score || one.at - other.at)
    .slice(0, count)
    .map(({ at }) => at)
    .sort((one, other) => one - other);

/** A list of chosen things filled up with −1. */
export const listed = (chosen: readonly number[], width: number): number[] => Array.from({ length: width }, (_, at) => chosen[at] ?? -1);

/** 1 where a pair is visible, [b, h, nq, nk]. */
export function pairs(
  [batch, heads, queries, keys]: readonly [number, number, number, number],
  visible: (at: { readonly batch: number; readonly head: number; readonly query: number; readonly key: number }) => boolean,
): Numbers {
  const values = new Float32Array(batch * heads * queries * keys);
  let at = 0;
  for (let row = 0; row < batch; row++)
    for (let head = 0; head < heads; head++)
      for (let query = 0; query < queries; query++)
        for (let key = 0; key < keys; key++) values[at++] = visible({ batch: row, head, query, key }) ? 1 : 0;
  return { shape: [batch, heads, queries, keys], values };
}

/** Softmax attention over the visible pairs by one table of all pairs, of stock tfjs ops. */
export function definedAttention(
  q: Tensor,
  k: Tensor,
  v: Tensor,
  visible: Numbers,
  scale: number = 1 / Math.sqrt(q.shape[3] as number),
): { out: Tensor; logSumExp: Tensor } {
  const shown = tensorOf(visible);
  const [keys, values] = [forHeads(k, q.shape[1] as number), forHeads(v, q.shape[1] as number)];
  const scores = add(mul(matMul(q, keys, false, true), scale), mul(sub(shown, 1), 1e9));
  const top = max(scores, 3, true);
  const weights = mul(exp(sub(scores, top)), shown);
  const total = sum(weights, 3, true);
  const blind = equal(stopGradient(total), 0);
  const seen = sub(1, blind);
  const logs = add(log(maximum(total, 1e-30)), mul(top, seen));
  return {
    out: matMul(mul(weights, exp(mul(log(maximum(total, 1e-30)), -1))), values),
    logSumExp: reshape(where(blind, add(zerosLike(total), Number.NEGATIVE_INFINITY), logs), q.shape.slice(0, 3)),
  };
}

/** Each key head as often as query heads share it. */
function forHeads(x: Tensor, heads: number): Tensor {
  const [batch = 0, keyHeads = 0, length = 0, width = 0] = x.shape;
  if (keyHeads === heads) return x;
  const parts = Array.from({ length: heads }, (_, head) =>
    slice(x, [0, Math.floor((head * keyHeads) / heads), 0, 0], [batch, 1, length, width]),
  );
  return concat(parts, 1);
}

/** Every output, and the gradient of each input under random cotangents of all of them. */
export async function answers(
  inputs: Readonly<Record<string, Numbers>>,
  run: (tensors: readonly Tensor[]) => Readonly<Record<string, Tensor>>,
): Promise<Record<string, Float32Array>> {
  const tensors = Object.values(inputs).map(tensorOf);
  const results = tidy(() => run(tensors));
  const loss = (...given: Tensor[]): Scalar => {
    const terms = Object.entries(run(given)).flatMap(([name, x]) => {
      if (x.dtype !== 'float32') return [];
      const { values } = drawn(createKey(`cotangent of ${name}`), ...x.shape);
      const weighed = mul(where(equal(stopGradient(x), Number.NEGATIVE_INFINITY), zerosLike(x), x), tensor(values, x.shape));
      return [sum(reshape(weighed, [-1]))];
    });
    return terms.reduce((one, other) => add(one, other)) as Scalar;
  };
  const gradients = tidy(() => grads(loss)(tensors));
  const found: Record<string, Float32Array> = {};
  for (const [name, x] of Object.entries(results)) found[name] = Float32Array.from(await x.data());
  for (const [at, name] of Object.keys(inputs).entries()) found[`gradient of ${name}`] = await gradients[at]!.data<'float32'>();
  dispose([tensors, results, gradients]);
  return found;
}

/** What `answers` gives on tfjs's cpu backend: no kernel of ours takes part. */
export async function definition(...[inputs, run]: Parameters<typeof answers>): Promise<Record<string, Float32Array>> {
  const place = getBackend() as Backend;
  await withBackend('cpu');
  const found = await answers(inputs, run);
  await withBackend(place);
  return found;
}
