import { createKey, randomNormal } from '@longspan/core-tensor';
import { expectClose, isTried } from '@longspan/tooling/expect';
import { ones, type Tensor, tensor, zeros } from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Stored, stored } from '../src/kernels/product/finish.ts';
import { matrix } from '../src/kernels/product/operand.ts';
import { product } from '../src/kernels/product/product.ts';
import { type Tile, tiles } from '../src/kernels/product/tile.ts';
import { registered } from './registered.ts';
import { webgpu } from './tfjs-parts.ts';

let leave = (): void => {};
beforeAll(async () => {
  leave = (await registered()).unregister;
});
afterAll(() => leave());

interface Case {
  readonly tile: Tile;
  readonly sizes: readonly [rows: number, columns: number, depth: number];
  readonly alongRows: readonly [a: boolean, b: boolean];
  readonly slices: number;
  readonly parts: number;
}

const named: readonly (readonly [string, Case])[] = [
  ['large tiles, as forward', { tile: tiles.large, sizes: [300, 132, 52], alongRows: [true, true], slices: 1, parts: 1 }],
  [
    'large tiles of any size, as for weights, in parts',
    { tile: tiles.large, sizes: [129, 131, 75], alongRows: [false, false], slices: 1, parts: 2 },
  ],
  ['medium tiles, as for rows', { tile: tiles.medium, sizes: [200, 68, 64], alongRows: [true, false], slices: 1, parts: 1 }],
  ['medium tiles in slices', { tile: tiles.medium, sizes: [130, 68, 100], alongRows: [true, false], slices: 2, parts: 1 }],
  [
    'medium tiles of any size, in slices and parts',
    { tile: tiles.medium, sizes: [65, 127, 101], alongRows: [true, true], slices: 2, parts: 3 },
  ],
  ['small tiles, both ways, in parts', { tile: tiles.small, sizes: [33, 36, 100], alongRows: [false, true], slices: 1, parts: 4 }],
  ['small tiles in slices', { tile: tiles.small, sizes: [37, 33, 333], alongRows: [false, false], slices: 4, parts: 1 }],
  [
    'small tiles in slices, one of which has nothing',
    { tile: tiles.small, sizes: [5, 3, 33], alongRows: [true, true], slices: 4, parts: 1 },
  ],
  ['small tiles in slices and parts', { tile: tiles.small, sizes: [37, 33, 333], alongRows: [true, false], slices: 4, parts: 3 }],
];

const ofSums = [
  ['small tiles, in parts', { tile: tiles.small, slices: 1, parts: 3, sizes: [33, 36, 100] }],
  ['small tiles, in slices', { tile: tiles.small, slices: 4, parts: 1, sizes: [33, 36, 2100] }],
  ['medium tiles', { tile: tiles.medium, slices: 1, parts: 1, sizes: [132, 5, 1100] }],
  ['medium tiles, in slices and parts', { tile: tiles.medium, slices: 2, parts: 3, sizes: [132, 70, 1100] }],
  ['large tiles, in parts', { tile: tiles.large, slices: 1, parts: 2, sizes: [130, 140, 1061] }],
] as const;

/** Rows of numbers in the order in which they are stored, with one row before them that takes no part. */
function drawn(name: string, own: number, deep: number, isDepthAlongRows: boolean) {
  const [count, width] = isDepthAlongRows ? [own, deep] : [deep, own];
  const values = randomNormal(createKey(name), (count + 1) * width);
  const at = (index: number, place: number): number =>
    values[isDepthAlongRows ? (index + 1) * width + place : (place + 1) * width + index] as number;
  const stored_ = tensor(values.slice(), [count + 1, width]);
  return { at, side: matrix(stored_, { width, count, first: 1 }, isDepthAlongRows) };
}

describe('a product', () => {
  it.each(named.filter(([name]) => isTried(name, 2, 1)))(
    'of %s gives what loops over float64 give, twice the same bits',
    async (name, { sizes, alongRows, ...cut }) => {
      const [rows, columns, depth] = sizes;
      const a = drawn(`a of ${name}`, rows, depth, alongRows[0]);
      const b = drawn(`b of ${name}`, columns, depth, alongRows[1]);
      const expected = Float32Array.from({ length: rows * columns }, (_, at) => {
        let sum = 1; // the bias
        for (let place = 0; place < depth; place++) sum += a.at(Math.floor(at / columns), place) * b.at(at % columns, place);
        return sum;
      });
      const run = (): Tensor => {
        const out = zeros([rows, columns]) as Tensor;
        const finish = stored({ out, width: columns, bias: ones([columns]) });
        product(webgpu(), { rows, columns, depth, a: a.side, b: b.side, finish }, cut);
        return out;
      };
      const first = await run().data();
      expectClose(first, expected, { atol: 2e-5, rtol: 1e-5 });
      expect([...(await run().data())]).toEqual([...first]);
    },
  );

  it.each(ofSums.filter(([name]) => isTried(name, 2, 1)))(
    'of %s adds up the rows of its first side on its way, and to what is there where it is a part',
    async (name, { sizes, ...cut }) => {
      const [rows, columns, depth] = sizes;
      const [a, b] = [drawn(`a of ${name}`, rows, depth, false), drawn(`b of ${name}`, columns, depth, false)];
      const [out, plain] = [zeros([rows, columns]), zeros([rows, columns])] as [Tensor, Tensor];
      const [once, twice] = [zeros([rows]), zeros([rows])] as [Tensor, Tensor];
      const run = (more: Partial<Stored>): void =>
        product(webgpu(), { rows, columns, depth, a: a.side, b: b.side, finish: stored({ out, width: columns, ...more }) }, cut);
      run({ out: plain });
      run({ sums: once });
      expect([...(await out.data())]).toEqual([...(await plain.data())]);
      const expected = Array.from({ length: rows }, (_, row) => {
        let sum = 0;
        for (let place = 0; place < depth; place++) sum += a.at(row, place);
        return sum;
      });
      expectClose(await once.data(), expected, { atol: 2e-5, rtol: 1e-6 });
      run({ sums: twice });
      run({ sums: twice, isAdded: true });
      expectClose(
        await twice.data(),
        expected.map((sum) => 2 * sum),
        { atol: 4e-5, rtol: 1e-6 },
      );
    },
  );

  it('is added to what is there where it is a part', async () => {
    const [a, b] = [drawn('a', 5, 3, true), drawn('b', 7, 3, true)];
    const out = ones([5, 7]) as Tensor;
    const add = (): void =>
      product(webgpu(), { rows: 5, columns: 7, depth: 3, a: a.side, b: b.side, finish: stored({ out, width: 7, isAdded: true }) });
    add();
    add();
    const expected = Array.from({ length: 35 }, (_, at) => {
      let sum = 0;
      for (let place = 0; place < 3; place++) sum += a.at(Math.floor(at / 7), place) * b.at(at % 7, place);
      return 1 + 2 * sum;
    });
    expectClose(await out.data(), expected, { atol: 1e-5, rtol: 1e-5 });
  });
});
