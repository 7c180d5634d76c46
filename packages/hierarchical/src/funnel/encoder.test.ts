import { createKey, padding } from '@longspan/core-tensor';
import { ConfigError, ShapeError } from '@longspan/core-tensor/error';
import { definedLayer, expectClose, leaked, onBackends } from '@longspan/tooling/expect';
import * as reference from '@longspan/tooling/reference';
import { concat, dispose, type Tensor, tensor3d } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { draw, expectGradients, lively } from '../../test/random.ts';
import { funnelDecoder } from './decoder.ts';
import { type FunnelEncoderConfig, funnelEncoder } from './encoder.ts';
import { funnelUpsampling } from './upsampling.ts';

const sizes = { width: 6, heads: 2, headDim: 4, innerWidth: 10 };

onBackends('funnelEncoder', () => {
  it.each([
    [11, { keepCls: true, truncate: true, poolQueriesOnly: true }],
    [12, { keepCls: true, truncate: true, poolQueriesOnly: false }],
    [9, { keepCls: true, truncate: false, poolQueriesOnly: true }],
    [9, { keepCls: false, truncate: true, poolQueriesOnly: true }],
    [7, { keepCls: false, truncate: false, poolQueriesOnly: false }],
  ])('%i tokens with %o: equals attention by tables of every pair, in the pooled block too', async (n, options) => {
    const encoder = funnelEncoder({ ...sizes, ...options, blockSizes: [1, 1, 1] });
    const parameters = lively(encoder.init);
    const x = draw('x', [1, n, 6]);
    const types = [Array.from({ length: n }, (_, at) => (at === 0 ? 2 : at < n / 2 ? 0 : 1))];
    const mask = [Array.from({ length: n }, (_, at) => (at < n - 2 ? 1 : 0))];
    const { states } = encoder.apply(parameters, x, { tokenTypes: types, padding: padding(mask) });
    const expected = await definedLayer(parameters, [x], (weights, x) => {
      let [hidden, k]: [Tensor, reference.FunnelPlaces] = [
        x as Tensor,
        { positions: reference.upTo(n, (at) => at), types: types[0] ?? [], mask: mask[0] },
      ];
      const layers = reference.upTo(3, (block) => {
        const queries = block === 0 ? hidden : reference.funnelPooled(hidden, options);
        const q = block === 0 ? k : reference.funnelPooledPlaces(k, options);
        const keyed = options.poolQueriesOnly ? { keys: hidden, k } : { keys: queries, k: q };
        hidden = reference.funnelLayer(reference.below(weights, `blocks.${block}.0`), { queries, q, ...keyed }, options);
        k = q;
        return hidden;
      });
      return concat(layers, 1);
    });
    let start = 0;
    for (const [block, state] of states.entries()) {
      expectClose(await state.data(), expected.slice(start, start + state.size), { atol: 2e-5, rtol: 1e-4 }, `block ${block}`);
      start += state.size;
    }
    expect(start).toBe(expected.length);
    dispose([states as Tensor[], x, Object.values(parameters)]);
  });

  it('has the gradients of its input and of every score', async () => {
    const encoder = funnelEncoder({ ...sizes, blockSizes: [1, 1] });
    const all = lively(encoder.init);
    const names = ['r_w_bias', 'r_r_bias', 'r_s_bias', 'r_kernel', 'seg_embed', 'q_head.weight', 'k_head.weight', 'v_head.bias'];
    const selected = Object.fromEntries(
      names.map((name) => [`blocks.1.0.attention.${name}`, all[`blocks.1.0.attention.${name}`] as Tensor]),
    );
    const context = { tokenTypes: [[2, 0, 0, 0, 1, 1, 1, 1]] };
    await expectGradients(({ x, ...rest }) => encoder.apply({ ...all, ...rest }, x as Tensor, context).hidden, {
      ...selected,
      x: draw('x', [1, 8, 6]),
    });
    dispose(Object.values(all));
  });

  it.each([
    [{ left: 2, right: 2 }, [4, 5, 6, 7, 8], [1, 2, 3, 4, 5]],
    [{ left: 2, right: 0 }, [6, 7, 8], [3, 4, 5]],
  ])('a window %j masks what is farther away, in tokens on every level', async (window, first, second) => {
    const encoder = funnelEncoder({ ...sizes, blockSizes: [1, 1], keepCls: false, window });
    const parameters = lively(encoder.init);
    const x = draw('x', [1, 12, 6]);
    const before = encoder.apply(parameters, x).states;
    const rows = (await x.array()) as number[][][];
    (rows[0] as number[][])[6] = [5, -4, 3, 1, -2, 6];
    const after = encoder.apply(parameters, tensor3d(rows)).states;
    const changed = async (at: number): Promise<number[]> => {
      const [a, b] = [(await (before[at] as Tensor).array()) as number[][][], (await (after[at] as Tensor).array()) as number[][][]];
      return (a[0] as number[][]).flatMap((row, to) => (row.some((each, f) => each !== b[0]?.[to]?.[f]) ? [to] : []));
    };
    expect(await changed(0)).toEqual(first);
    // Vectors of block 1 stand at 0, 2, 4, … and attend to those of block 0 within the window, of which `first` have changed.
    expect(await changed(1)).toEqual(second);
    dispose([x, before as Tensor[], after as Tensor[], Object.values(parameters)]);
  });
});

describe('funnelUpsampling', () => {
  it('spreads vectors over tokens, <cls> apart', async () => {
    const x = tensor3d([1, 2, 3, 4], [1, 4, 1]);
    const spread = async (options: Parameters<typeof funnelUpsampling>[1]): Promise<number[]> =>
      Array.from(await funnelUpsampling(x, options).data());
    expect(await spread({ stride: 2, length: 8 })).toEqual([1, 2, 2, 3, 3, 4, 4, 0]);
    expect(await spread({ stride: 2, length: 6 })).toEqual([1, 2, 2, 3, 3, 4]);
    expect(await spread({ stride: 2, length: 7, truncate: false })).toEqual([1, 2, 2, 3, 3, 4, 4]);
    expect(await spread({ stride: 2, length: 7, keepCls: false })).toEqual([1, 1, 2, 2, 3, 3, 4]);
    expect(await spread({ stride: 1, length: 4 })).toEqual([1, 2, 3, 4]);
    expect(() => funnelUpsampling(x, { stride: 2, length: 9, keepCls: false })).toThrow(
      new ShapeError({
        caller: 'funnelUpsampling',
        problem: 'x must have enough vectors to fill the length.',
        expected: '[b, m, c] that fill 9 tokens, 2 for each vector',
        got: '[1, 4, 1], for 8 tokens',
        remedy: 'give the stride and the length of the encoder, and its keepCls and truncate.',
      }),
    );
    x.dispose();
  });
});

describe('the errors of Funnel', () => {
  const make = (config: Partial<FunnelEncoderConfig>) => () => funnelEncoder({ ...sizes, blockSizes: [1], ...config });
  it('reject sizes that do not fit', () => {
    expect(make({ width: 7 })).toThrow(ConfigError);
    expect(make({ blockSizes: [] })).toThrow(ConfigError);
    expect(make({ blockSizes: [1, 1], blockRepeats: [1] })).toThrow(ConfigError);
    expect(make({ blockSizes: [0] })).toThrow(ConfigError);
    expect(() => funnelDecoder({ ...sizes, layers: 0 })).toThrow(ConfigError);
    const cached = { cache: true } as object; // what plain JavaScript may hand over
    expect(make(cached)).toThrow(
      new ConfigError({
        caller: 'funnelEncoder',
        problem: 'cache must be left out: Funnel pools and attends in both directions, so a new vector changes the rows before it.',
        expected: 'no cache',
        got: 'true',
        remedy: 'read the whole sequence each time, or decode with hourglass, which is causal.',
      }),
    );
    expect(() => funnelDecoder({ ...sizes, layers: 1, ...cached })).toThrow('funnelDecoder: cache must be left out');
  });

  it('reject token types and padding that do not fit, and leave nothing behind', async () => {
    const encoder = funnelEncoder({ ...sizes, blockSizes: [1] });
    const parameters = encoder.init(createKey(0));
    const x = draw('x', [2, 3, 6]);
    const tokenTypes = [
      [1, 1, 1],
      [1, 3, 1],
    ]; // prettier-ignore
    const wrong = () => encoder.apply(parameters, x, { tokenTypes }).hidden;
    expect(wrong).toThrow(
      new ConfigError({
        caller: 'funnelEncoder',
        problem: 'every token type must be 0 or 1 (a segment) or 2 (<cls>).',
        expected: '0, 1 or 2',
        got: '3 (row 1, vector 1)',
        remedy: 'write context.tokenTypes with these numbers only.',
      }),
    );
    expect(() => encoder.apply(parameters, x, { tokenTypes: [[0, 0, 0]] })).toThrow(
      new ShapeError({
        caller: 'funnelEncoder',
        problem: 'context.tokenTypes must have one row for each batch row and one number for each vector.',
        expected: '2 rows of 3 numbers  (set by x)',
        got: '1 rows',
        remedy: 'give the token types of this batch.',
      }),
    );
    expect(() => encoder.apply(parameters, x, { padding: padding([[1, 1, 0]]) })).toThrow(ShapeError);
    expect(await leaked(wrong)).toEqual({ tensors: 0, buffers: 0 });
    dispose([x, Object.values(parameters)]);
  });
});
