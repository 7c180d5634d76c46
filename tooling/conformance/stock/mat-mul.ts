import { add, elu, fused, matMul, mul, ones, relu, type Tensor, tidy } from '@tensorflow/tfjs-core';
import fc, { type Arbitrary } from 'fast-check';
import { integer, magnitude } from '../../arbitrary/index.ts';
import { type Around, differentiated, draw, type StockCall } from './call.ts';

interface Sizes {
  readonly batch: readonly number[];
  readonly m: number;
  readonly k: number;
  readonly n: number;
  readonly transposeA: boolean;
  readonly transposeB: boolean;
}

const longest = 400;

const anySizes: Arbitrary<Sizes> = fc.record({
  batch: fc.oneof(
    fc.constant([]),
    magnitude(1, 12).map((batch) => [batch]),
  ),
  m: magnitude(1, longest),
  k: magnitude(1, longest),
  n: magnitude(1, longest),
  transposeA: fc.boolean(),
  transposeB: fc.boolean(),
});

const shapesOf = ({ batch, m, k, n, transposeA, transposeB }: Sizes): { readonly a: number[]; readonly b: number[] } => ({
  a: [...batch, ...(transposeA ? [k, m] : [m, k])],
  b: [...batch, ...(transposeB ? [n, k] : [k, n])],
});

const product: Arbitrary<StockCall> = anySizes.map((sizes) => {
  const { transposeA, transposeB } = sizes;
  const label = `matMul ${JSON.stringify(sizes)}`;
  return { label, run: differentiated(label, shapesOf(sizes), (a, b) => matMul(a as Tensor, b as Tensor, transposeA, transposeB)) };
});

/** Batches that are broadcast over each other, forward alone: tfjs's own gradient of them is wrong (tfjs #8721). */
const broadcast: Arbitrary<StockCall> = fc.tuple(anySizes, integer(1, 4), integer(1, 4)).map(([drawn, rows, columns]) => {
  const sizes = { ...drawn, batch: [] };
  const { transposeA, transposeB } = sizes;
  const { a, b } = shapesOf(sizes);
  const label = `matMul, broadcast ${JSON.stringify({ ...sizes, rows, columns })}`;
  const over = (change: (x: Tensor) => Tensor) => (around?: Around) =>
    tidy(() => {
      const [one, other] = [draw(`a of ${label}`, [rows, 1, ...a], around), draw(`b of ${label}`, [columns, ...b], around)].map(change) as [
        Tensor,
        Tensor,
      ];
      return { out: matMul(one, other, transposeA, transposeB) };
    });
  // tfjs's own kernel is wrong where batches are broadcast (rows, 1 over columns): broadcast them before it.
  return { label, run: over((x) => x), expected: over((x) => mul(x, ones([rows, columns, 1, 1]))) };
});

const activations = { linear: (x: Tensor): Tensor => x, relu, elu } as const;

const fusedProduct: Arbitrary<StockCall> = fc.tuple(anySizes, fc.constantFrom('linear', 'relu', 'elu')).map(([drawn, activation]) => {
  const sizes = { ...drawn, transposeA: false, batch: [] };
  const { transposeB } = sizes;
  const shapes = { ...shapesOf(sizes), bias: [sizes.n] };
  const label = `fused matMul ${JSON.stringify({ ...sizes, activation })}`;
  return {
    label,
    run: differentiated(label, shapes, (a, b, bias) =>
      fused.matMul({ a: a as Tensor, b: b as Tensor, bias: bias as Tensor, transposeB, activation }),
    ),
    // tfjs's own fused kernel is wrong where b is transposed.
    expected: differentiated(label, shapes, (a, b, bias) =>
      activations[activation](add(matMul(a as Tensor, b as Tensor, false, transposeB), bias as Tensor)),
    ),
  };
});

/** Matrix products of tfjs, plain, broadcast and fused. */
export const anyProduct: readonly Arbitrary<StockCall>[] = [product, broadcast, fusedProduct];
