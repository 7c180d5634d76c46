import { lookUp, type Pairs, range } from '@longspan/core-tensor/kernel';
import { add, cast, clipByValue, expandDims, mul, reshape, sub, type Tensor, tensor, tile } from '@tensorflow/tfjs-core';
import { scoresOf } from './guarded-products.ts';

/** (q + v) · r, its row for each pair read from the product with all of r. */
export function relativeProducts(q: Tensor, r: Tensor, v: Tensor, { b, h, nq, nk, queries, keys }: Pairs): Tensor {
  const [, length = 0, d = 0] = r.shape;
  const rows = tile(reshape(r, [1, h * length * d]), [b, 1]);
  const all = scoresOf(add(q, expandDims(v, 1)), reshape(rows, [b, h, length, d])); // [b, h, nq, length]
  const row = clipByValue(sub(length - 1, sub(queries, keys)), 0, length - 1); // [1, 1, nq, nk]
  const start = tensor(range(0, b * h * nq), [b, h, nq, 1]);
  return lookUp(all, cast(add(mul(start, length), row), 'int32'), [b, h, nq, nk]);
}
