import { expectClose, leaked, onBackends } from '@longspan/tooling/expect';
import { concat, grad, grads, slice, type Tensor, tensor, tensor1d, tensor2d, zeros } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { expectSlopes } from '../../test/slopes.ts';
import type { RotaryStyle } from '../contracts/rotary/call.ts';
import { rotaryContract } from '../contracts/rotary/contract.ts';
import { ConfigError, ShapeError } from '../error/index.ts';
import { createKey } from '../key/index.ts';
import { normal } from '../tensor/random.ts';
import { applyRotary, rotary, rotaryTables } from './rotary.ts';

const key = createKey('rotary');
const x = () => normal(key, [2, 3, 4, 6]);
const styles = ['half', 'interleaved'] as const;

/** Inner products of the tokens of one head. */
async function products(tokens: Tensor, positions: readonly number[], style: RotaryStyle): Promise<number[]> {
  const turned = await rotary(tokens, positions, { style }).data();
  const row = (at: number): number[] => Array.from(turned.slice(6 * at, 6 * at + 6));
  return positions.flatMap((_, a) => positions.map((__, b) => row(a).reduce((sum, value, at) => sum + value * (row(b)[at] as number), 0)));
}

onBackends('rotary', () => {
  describe.each(styles)('%s', (style) => {
    it('keeps inner products when all positions shift alike, and changes them otherwise', async () => {
      const tokens = slice(x(), [1, 2, 0, 0], [1, 1, 4, 6]);
      const here = await products(tokens, [0, 1, 5, 9], style);
      expectClose(await products(tokens, [1000, 1001, 1005, 1009], style), here, { atol: 1e-4, rtol: 1e-4 });
      const others = await products(tokens, [0, 2, 5, 9], style);
      expect(Math.max(...others.map((value, at) => Math.abs(value - (here[at] as number))))).toBeGreaterThan(0.1);
    });

    it('turns pairs by position · base^(−2i / rotaryDim) and passes the rest through', async () => {
      const [y] = (await rotary(tensor([1, 2, 3, 4, 5], [1, 1, 1, 5]), [3], { style, base: 16, rotaryDim: 4 }).array()) as number[][][][];
      const turn = (a: number, b: number, angle: number) => [
        a * Math.cos(angle) - b * Math.sin(angle),
        b * Math.cos(angle) + a * Math.sin(angle),
      ];
      const [fast, slow] = style === 'half' ? [turn(1, 3, 3), turn(2, 4, 0.75)] : [turn(1, 2, 3), turn(3, 4, 0.75)];
      const expected = style === 'half' ? [fast[0], slow[0], fast[1], slow[1], 5] : [...fast, ...slow, 5];
      expectClose(y?.[0]?.[0] as number[], expected as number[], { atol: 1e-6, rtol: 1e-6 });
    });

    it('has a gradient of the measured slope, for positions per batch row', () =>
      expectSlopes(
        (each) =>
          rotary(
            each as Tensor,
            [
              [0, 1, 2, 3],
              [7, 5, 5, 90],
            ],
            { style, rotaryDim: 4 },
          ),
        [x()],
      ));

    it('gives the same for positions on the host, on the device and per batch row', async () => {
      const positions = [7, 0, 300, 7];
      const expected = await rotary(x(), positions, { style, rotaryDim: 4 }).data();
      const others = [
        Int32Array.from(positions),
        tensor1d(positions, 'int32'),
        [positions, positions],
        tensor2d([positions, positions], [2, 4], 'int32'),
      ];
      for (const other of others) {
        expectClose(await rotary(x(), other, { style, rotaryDim: 4 }).data(), expected, { atol: 1e-4, rtol: 1e-4 });
      }
    });
  });

  it.each(styles)('keeps a NaN in its pair, forward and backward: %s', async (style) => {
    const [near, far] = style === 'half' ? [1, 3] : [0, 1];
    const given = tensor(
      [1, 2, 3, 4, 5, 6].map((number, at) => (at === far ? Number.NaN : number)),
      [1, 1, 1, 6],
    );
    const tables = rotaryTables([2], 6, { style, rotaryDim: 4 });
    const turn = (each: Tensor): Tensor => applyRotary(each, tables);
    for (const result of [turn(given), grad(turn)(zeros([1, 1, 1, 6]), given)]) {
      expect(Array.from(await result.data(), Number.isNaN)).toEqual([0, 1, 2, 3, 4, 5].map((at) => at === near || at === far));
    }
  });

  it.each(styles)(
    'turns others of as many tokens as it turns x, and their gradients back, to the bits of a call for each: %s',
    async (style) => {
      const [queries, keys] = [x(), normal(key.fold('keys'), [2, 1, 4, 6])];
      const tables = rotaryTables([3, 1, 0, 90], 6, { style, rotaryDim: 4 });
      const { cosines, sines } = tables;
      const together = (q: Tensor, k: Tensor): Tensor =>
        concat([...rotaryContract.run([q, cosines, sines, k], { style, rotaryDim: 4 })], 1);
      const alone = (q: Tensor, k: Tensor): Tensor => concat([applyRotary(q, tables), applyRotary(k, tables)], 1);
      const cotangent = normal(key.fold('cotangent'), [2, 4, 4, 6]);
      const bits = async (run: typeof together) =>
        Promise.all([run(queries, keys), ...grads(run)([queries, keys], cotangent)].map(async (each) => [...(await each.data())]));
      expect(await bits(together)).toEqual(await bits(alone));
    },
  );

  it('from tables made once equals rotary, with other heads', async () => {
    const tables = rotaryTables(
      [
        [1, 2, 3, 4],
        [9, 8, 7, 6],
      ],
      6,
      { style: 'half' },
    );
    for (const heads of [3, 1]) {
      const input = normal(key, [2, heads, 4, 6]);
      const expected = await rotary(
        input,
        [
          [1, 2, 3, 4],
          [9, 8, 7, 6],
        ],
        { style: 'half' },
      ).data();
      expectClose(await applyRotary(input, tables).data(), expected, { atol: 0, rtol: 0 });
    }
  });

  it('leaks nothing, forward, backward or where it throws', async () => {
    const input = x();
    const positions = tensor1d([1, 2, 3, 4], 'int32');
    const none = { tensors: 0, buffers: 0 };
    expect(await leaked(() => rotary(input, [1, 2, 3, 4], { style: 'half' }))).toEqual(none);
    expect(await leaked(() => grad((each: Tensor) => rotary(each, positions, { style: 'interleaved' }))(input))).toEqual(none);
    expect(await leaked(() => rotary(input, [1, 2, 3], { style: 'half' }))).toEqual(none);
  });

  it('names positions that do not fit and a rotaryDim that is not possible', () => {
    expect(() => rotary(x(), [[1, 2, 3, 4]], { style: 'half' })).toThrow(
      new ShapeError({
        caller: 'rotary',
        problem: 'positions must have one number for each token.',
        expected: '[n=4] or [b=2, n=4]  (set by x)',
        got: '[1, 4]',
        remedy: 'give each token of x one position.',
      }),
    );
    expect(() => rotary(zeros([1, 1, 1, 5]), [1], { style: 'half' })).toThrow(
      new ConfigError({
        caller: 'rotary',
        problem: 'rotaryDim must be even and at most headDim.',
        expected: 'an even number of 2 … 5 (the features of x)',
        got: '5',
        remedy: 'give an even rotaryDim; with 5 features one at least passes through.',
      }),
    );
    expect(() => rotaryTables([[1, 2], [3]], 4, { style: 'half' })).toThrow('got       [[1,2],[3]]');
  });
});
