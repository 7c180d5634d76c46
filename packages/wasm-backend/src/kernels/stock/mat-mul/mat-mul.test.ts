import { effort, expectClose, leaked, poison } from '@longspan/tooling/expect';
import { ones, type Tensor, tensor, zeros } from '@tensorflow/tfjs-core';
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { onBuilds } from '../../../../test/builds.ts';
import { eachPosition, elementAt, plainActivations, plainMatMul } from '../../../../test/plain-mat-mul.ts';
import { activationNumber } from './activation.ts';
import { fusedMatMul, type MatMulCall, matMul } from './mat-mul.ts';

/** Numbers in [-1, 1) that depend on the seed and are all different. */
function values(count: number, seed: number): Float32Array {
  let state = seed >>> 0;
  return Float32Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  });
}

const sizeOf = (shape: readonly number[]): number => shape.reduce((product, extent) => product * extent, 1);

interface Case {
  readonly aBatch: readonly number[];
  readonly bBatch: readonly number[];
  readonly rows: number;
  readonly columns: number;
  readonly depth: number;
  readonly transposeA: boolean;
  readonly transposeB: boolean;
}

const shapesOf = ({ aBatch, bBatch, rows, columns, depth, transposeA, transposeB }: Case): readonly [number[], number[]] => [
  [...aBatch, ...(transposeA ? [depth, rows] : [rows, depth])],
  [...bBatch, ...(transposeB ? [columns, depth] : [depth, columns])],
];

// Float32 sums of `depth` products of numbers below 1: their errors grow with the depth, as a walk does.
const tolerance = (depth: number) => ({ atol: 4e-7 * (4 + Math.sqrt(depth) * 4), rtol: 1e-6 });

const batchPairs: readonly (readonly [readonly number[], readonly number[]])[] = [
  [[], []],
  [[3], [3]],
  [
    [2, 3],
    [2, 3],
  ],
  [[3], []],
  [[], [3]],
  [[3], [1]],
  [[1], [3]],
  [
    [2, 1],
    [1, 3],
  ],
  [
    [2, 1, 3],
    [4, 1],
  ],
];

const anyCase: fc.Arbitrary<Case> = fc
  .record({
    batches: fc.constantFrom(...batchPairs),
    rows: fc.integer({ min: 1, max: 21 }),
    columns: fc.integer({ min: 1, max: 35 }),
    depth: fc.integer({ min: 1, max: 19 }),
    transposeA: fc.boolean(),
    transposeB: fc.boolean(),
  })
  .map(({ batches: [aBatch, bBatch], ...rest }) => ({ aBatch, bBatch, ...rest }));

// Around the sizes at which the kernel cuts: blocks of 132 rows, panels of 4 and 6, slabs 384 deep, pieces of 1,024 columns, 12 rows and fewer.
const cuts: readonly Case[] = [
  { rows: 133, columns: 9, depth: 5 },
  { rows: 269, columns: 3, depth: 385 },
  { rows: 5, columns: 1033, depth: 7 },
  { rows: 13, columns: 17, depth: 769 },
  { rows: 1, columns: 1100, depth: 400 },
  { rows: 12, columns: 19, depth: 401 },
  { rows: 16, columns: 16, depth: 6 },
  { rows: 23, columns: 8, depth: 9 },
  { rows: 400, columns: 1, depth: 3 },
].flatMap((sizes) =>
  [false, true].flatMap((transposeA) => [false, true].map((transposeB) => ({ aBatch: [], bBatch: [], ...sizes, transposeA, transposeB }))),
);

onBuilds('matMul', (runtime) => {
  const run = (inputs: MatMulCall['inputs'], attrs: MatMulCall['attrs']): Tensor => {
    const out = matMul(runtime(), { inputs, attrs });
    if (out === undefined) throw new Error('the kernel must take the call, or tfjs is compared with itself');
    return out;
  };

  async function expectProduct(sizes: Case): Promise<void> {
    const { transposeA, transposeB, depth } = sizes;
    const [aShape, bShape] = shapesOf(sizes);
    const a = values(sizeOf(aShape), 1 + sizeOf(aShape));
    const b = values(sizeOf(bShape), 7 + sizeOf(bShape));
    const expected = plainMatMul({ a, aShape, transposeA, b, bShape, transposeB });
    const inputs = { a: tensor(a, aShape), b: tensor(b, bShape) };
    poison([expected.shape]);
    const out = run(inputs, { transposeA, transposeB });
    expect(out.shape).toEqual(expected.shape);
    expectClose(await out.data(), expected.values, tolerance(depth), JSON.stringify(sizes));
    for (const each of [inputs.a, inputs.b, out]) each.dispose();
  }

  it('equals the definition for any sizes, transposes and broadcast batches', async () => {
    await fc.assert(fc.asyncProperty(anyCase, expectProduct), { numRuns: effort(100, 400) });
  });

  it.each(cuts)('equals the definition where it is cut: $rows x $depth x $columns, $transposeA, $transposeB', expectProduct);

  it('equals the definition with a bias of any shape that fits and any activation', async () => {
    const spread = fc.constantFrom<(shape: readonly number[]) => readonly number[] | undefined>(
      () => undefined,
      (shape) => shape.slice(-1),
      (shape) => [...shape.slice(-2, -1), 1],
      (shape) => shape.slice(-2),
      (shape) => shape,
      () => [1],
      () => [],
      (shape) => [...shape.slice(0, -2).map(() => 1), ...shape.slice(-2)],
    );
    const property = fc.asyncProperty(
      anyCase,
      spread,
      spread,
      fc.constantFrom(...Object.keys(plainActivations)),
      async (sizes, biasOver, slopesOver, activation) => {
        const { transposeA, transposeB, depth } = sizes;
        const [aShape, bShape] = shapesOf(sizes);
        const a = values(sizeOf(aShape), 3).map((x) => 8 * x); // so that sums lie on all sides of 0 and 6
        const b = values(sizeOf(bShape), 5);
        const { values: sums, shape } = plainMatMul({ a, aShape, transposeA, b, bShape, transposeB });
        const biasShape = biasOver(shape);
        const slopesShape = activation === 'prelu' ? (slopesOver(shape) ?? shape.slice(-1)) : undefined;
        const bias = biasShape && values(sizeOf(biasShape), 11);
        const slopes = slopesShape && values(sizeOf(slopesShape), 13);
        const expected: number[] = [];
        eachPosition(shape, (position) => {
          const x = (sums[expected.length] as number) + (bias && biasShape ? (bias[elementAt(biasShape, position)] as number) : 0);
          const slope = slopes && slopesShape ? (slopes[elementAt(slopesShape, position)] as number) : 0.125;
          expected.push(plainActivations[activation]?.(x, slope) as number);
        });
        const inputs = {
          a: tensor(a, aShape),
          b: tensor(b, bShape),
          ...(bias && biasShape && { bias: tensor(bias, [...biasShape]) }),
          ...(slopes && slopesShape && { preluActivationWeights: tensor(slopes, [...slopesShape]) }),
        };
        poison([shape]);
        const out = run(inputs, { transposeA, transposeB, activation, leakyreluAlpha: 0.125 });
        expectClose(await out.data(), expected, { atol: 8 * tolerance(depth).atol, rtol: 1e-6 });
        for (const each of [...Object.values(inputs), out]) each.dispose();
      },
    );
    await fc.assert(property, { numRuns: effort(100, 400) });
  });

  it('gives the activations their values to the ends of float32', async () => {
    const x = [-1e30, -200, -88, -87.2, -50, -1, -1e-4, -0, 0, 1e-4, 0.3, 5.9, 6.1, 50, 87, 88.5, 88.8, 200, 1e30];
    for (const [activation, plain] of Object.entries(plainActivations)) {
      const inputs = { a: tensor(x, [x.length, 1]), b: tensor([1], [1, 1]), preluActivationWeights: tensor([-0.25]) };
      const out = run(inputs, { transposeA: false, transposeB: false, activation, leakyreluAlpha: -0.25 });
      const expected = x.map((value) => Math.fround(plain(value, -0.25)));
      expectClose(await out.data(), expected, { atol: 1.2e-7, rtol: 3e-7 }, activation);
      for (const each of [...Object.values(inputs), out]) each.dispose();
    }
  });

  it('keeps NaN and the infinities to the rows and columns that have them', async () => {
    const a = values(5 * 3, 1);
    a[4] = Number.NaN; // row 1
    a[9] = Number.POSITIVE_INFINITY; // row 3
    const inputs = { a: tensor(a, [5, 3]), b: tensor(values(3 * 9, 2).map(Math.abs), [3, 9]) };
    for (const activation of ['linear', 'relu', 'relu6', 'sigmoid', 'elu', 'leakyrelu']) {
      const out = run(inputs, { transposeA: false, transposeB: false, activation, leakyreluAlpha: 0.5 });
      const rows = Array.from({ length: 5 }, (_, row) => [...out.dataSync().slice(9 * row, 9 * row + 9)]);
      expect(rows.map((row) => row.every(Number.isNaN))).toEqual([false, true, false, false, false]);
      const top = { relu6: 6, sigmoid: 1 }[activation] ?? Number.POSITIVE_INFINITY;
      expect(rows[3]).toEqual(Array(9).fill(top));
      for (const row of [0, 2, 4]) expect(rows[row]?.every(Number.isFinite)).toBe(true);
      out.dispose();
    }
    inputs.a.dispose();
    inputs.b.dispose();
  });

  it('gives the activated bias where the depth is 0, and nothing where there are no rows or columns', async () => {
    const bias = tensor([-1, 2, 3]);
    const attrs = { transposeA: false, transposeB: false, activation: 'relu' };
    poison([[2, 3]]);
    const sums = run({ a: zeros([2, 0]), b: zeros([0, 3]), bias }, attrs);
    expect([...(await sums.data())]).toEqual([0, 2, 3, 0, 2, 3]);
    expect(run({ a: zeros([0, 4]), b: zeros([4, 3]) }, attrs).shape).toEqual([0, 3]);
    expect(run({ a: zeros([2, 2, 4]), b: zeros([2, 4, 0]) }, attrs).shape).toEqual([2, 2, 0]);
    expect(run({ a: zeros([0, 2, 4]), b: zeros([4, 3]) }, attrs).shape).toEqual([0, 2, 3]);
  });

  it('leaves to tfjs what it does not know: another dtype, another activation, a bias that does not fit', () => {
    const [a, b] = [zeros([2, 3]), zeros([3, 4])];
    const attrs = { transposeA: false, transposeB: false };
    const rejected = (inputs: MatMulCall['inputs'], more: object = {}): boolean =>
      matMul(runtime(), { inputs, attrs: { ...attrs, ...more } }) === undefined;
    expect(rejected({ a: zeros([2, 3], 'int32'), b: zeros([3, 4], 'int32') })).toBe(true);
    expect(rejected({ a, b, bias: zeros([4], 'int32') })).toBe(true);
    expect(rejected({ a, b, bias: zeros([3]) })).toBe(true);
    expect(rejected({ a, b, bias: zeros([1, 1, 4]) })).toBe(true);
    expect(rejected({ a, b }, { activation: 'softplus' })).toBe(true);
    expect(rejected({ a, b }, { activation: 'prelu' })).toBe(true);
    expect(rejected({ a, b, bias: zeros([4]) }, { activation: 'elu' })).toBe(false);
  });

  it('fused takes equally many matrices or one for all, and says what tfjs does with other batches', async () => {
    const fused = (aBatch: readonly number[], bBatch: readonly number[]): Tensor | undefined => {
      const inputs = { a: ones([...aBatch, 1, 3]), b: ones([...bBatch, 3, 2]), bias: tensor([0, 1]) };
      return fusedMatMul(runtime(), { inputs, attrs: { transposeA: false, transposeB: false, activation: 'linear' } });
    };
    for (const [aBatch, bBatch] of [
      [[2], [2]],
      [[2], [1]],
      [[], [2]],
    ] as const) {
      expect([...((await fused(aBatch, bBatch)?.data()) ?? [])]).toEqual([3, 4, 3, 4]);
    }
    expect(() => fused([6], [3])).toThrow(
      'fused.matMul: a and b must have equally many matrices, or one of them a single one.\n' +
        '  expected  6 or 1 matrices in b  (set by a)\n' +
        '  got       3, of batches that tfjs flattens before they are broadcast\n' +
        '  remedy    write add(matMul(a, b), bias) and its activation, which broadcast batches.',
    );
  });

  it('says which inner sizes differ', () => {
    const call = { inputs: { a: zeros([2, 3]), b: zeros([4, 5]) }, attrs: { transposeA: false, transposeB: true } };
    expect(() => matMul(runtime(), call)).toThrow(
      'Error in matMul: inner shapes (3) and (5) of Tensors with shapes 2,3 and 4,5 and transposeA=false and transposeB=true must match.',
    );
  });

  it('leaves nothing behind', async () => {
    const inputs = { a: zeros([3, 5, 7]), b: zeros([3, 7, 11]), bias: zeros([11]) };
    const attrs = { transposeA: false, transposeB: false, activation: 'elu' };
    expect(await leaked(() => run(inputs, attrs))).toEqual({ tensors: 0, buffers: 0 });
    const unfit = { ...inputs, b: zeros([3, 6, 11]) };
    expect(await leaked(() => run(unfit, attrs))).toEqual({ tensors: 0, buffers: 0 });
  });
});

it('an activation that tfjs adds one day has no number', () => {
  expect(['linear', 'elu', 'softplus'].map(activationNumber)).toEqual([0, 6, undefined]);
});
