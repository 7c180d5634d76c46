import {
  add,
  concat,
  elu,
  erf,
  exp,
  fused,
  greater,
  matMul,
  mul,
  ones,
  relu,
  reverse,
  sigmoid,
  slice,
  split,
  sum,
  type Tensor,
  tanh,
  tidy,
  tile,
  transpose,
  where,
} from '@tensorflow/tfjs-core';
import type { SoakCall } from './call.ts';
import { differentiated, labelled, tolerance } from './differentiated.ts';
import type { Draw } from './draw.ts';

interface Sizes {
  readonly batch: readonly number[];
  readonly m: number;
  readonly k: number;
  readonly n: number;
  readonly transposeA: boolean;
  readonly transposeB: boolean;
}

function sizesOf(draw: Draw): Sizes {
  return {
    batch: draw.one('batches', [[], [draw.whole('batch', 1, 12)]]),
    m: draw.whole('m', 1, 400),
    k: draw.whole('k', 1, 400),
    n: draw.whole('n', 1, 400),
    transposeA: draw.one('transpose a', [false, true]),
    transposeB: draw.one('transpose b', [false, true]),
  };
}

const shapesOf = ({ batch, m, k, n, transposeA, transposeB }: Sizes): { readonly a: number[]; readonly b: number[] } => ({
  a: [...batch, ...(transposeA ? [k, m] : [m, k])],
  b: [...batch, ...(transposeB ? [n, k] : [k, n])],
});

const product = (draw: Draw): SoakCall => {
  const sizes = sizesOf(draw);
  const { transposeA, transposeB } = sizes;
  return {
    label: labelled('matMul', sizes),
    tolerance,
    run: differentiated(draw, shapesOf(sizes), (a, b) => matMul(a as Tensor, b as Tensor, transposeA, transposeB)),
  };
};

/** Batches that are spread over each other, forward alone: tfjs's own gradient of them is wrong (tfjs #8721). */
const spread = (draw: Draw): SoakCall => {
  const sizes = { ...sizesOf(draw), batch: [] };
  const { transposeA, transposeB } = sizes;
  const [rows, columns] = [draw.whole('first', 1, 4), draw.whole('second', 1, 4)];
  const { a, b } = shapesOf(sizes);
  const drawn = (): readonly [Tensor, Tensor] => [draw.normal('a', [rows, 1, ...a]), draw.normal('b', [columns, ...b])];
  return {
    label: labelled('matMul, batches spread', { ...sizes, rows, columns }),
    tolerance,
    run: () =>
      tidy(() => {
        const [one, other] = drawn();
        return { out: matMul(one, other, transposeA, transposeB) };
      }),
    // tfjs's own kernel is wrong where batches are spread (rows, 1 over columns): spread them before it.
    expected: () =>
      tidy(() => {
        const [one, other] = drawn();
        const over = (x: Tensor): Tensor => mul(x, ones([rows, columns, 1, 1]));
        return { out: matMul(over(one), over(other), transposeA, transposeB) };
      }),
  };
};

const activations = { linear: (x: Tensor): Tensor => x, relu, sigmoid, elu } as const;

const fusedProduct = (draw: Draw): SoakCall => {
  const sizes = { ...sizesOf(draw), transposeA: false, batch: [] };
  const { transposeB } = sizes;
  const activation = draw.one('activation', ['linear', 'relu', 'elu'] as const);
  const shapes = { ...shapesOf(sizes), bias: [sizes.n] };
  return {
    label: labelled('fused matMul', { ...sizes, activation }),
    tolerance,
    run: differentiated(draw, shapes, (a, b, bias) =>
      fused.matMul({ a: a as Tensor, b: b as Tensor, bias: bias as Tensor, transposeB, activation }),
    ),
    // tfjs's own fused kernel is wrong where b is transposed.
    expected: differentiated(draw, shapes, (a, b, bias) =>
      activations[activation](add(matMul(a as Tensor, b as Tensor, false, transposeB), bias as Tensor)),
    ),
  };
};

/** What register() has besides contracts and products: copies, elementwise functions and sums. */
const elementwise = (draw: Draw): SoakCall => {
  const [rows, half] = [draw.whole('rows', 2, 600), draw.whole('half', 1, 300)];
  const shape = [rows, 2 * half];
  return {
    label: labelled('elementwise', { shape }),
    tolerance,
    run: () =>
      tidy(() => {
        const isLeft = greater(draw.normal('condition', shape), 0);
        return differentiated(draw, { x: shape, y: shape }, (x, y) => {
          const [left, right] = split(where(isLeft, tanh(x as Tensor), exp(mul(y as Tensor, 0.1))), 2, 1);
          const joined = concat([right as Tensor, erf(left as Tensor)], 1);
          const copied = add(tile(slice(joined, [1, 0], [1, 2 * half]), [rows, 1]), reverse(transpose(transpose(joined)), 0));
          return sum(sigmoid(copied), 0);
        })();
      }),
  };
};

export const productCalls: readonly ((draw: Draw) => SoakCall)[] = [product, spread, fusedProduct, elementwise];
