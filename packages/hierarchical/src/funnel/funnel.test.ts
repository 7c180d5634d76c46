import { createKey } from '@longspan/core-tensor';
import { ConfigError, ShapeError } from '@longspan/core-tensor/error';
import { expectClose, leaked, onBackends } from '@longspan/tooling/expect';
import { dispose, type Tensor, tensor3d } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { draw, expectGradients, lively } from '../../test/random.ts';
import { type FunnelEncoderConfig, funnelDecoder, funnelEncoder, funnelUpsampling } from './funnel.ts';
import { type FunnelSequence, funnelGroups, pooledSequence } from './sequence.ts';

const sizes = { width: 6, heads: 2, headDim: 4, innerWidth: 10 };

type Matrix = readonly (readonly number[])[];
const list = async <Nested>(x: Tensor | undefined): Promise<Nested> => (await (x as Tensor).array()) as Nested;
const dot = (a: readonly number[], b: readonly number[]): number => a.reduce((total, each, at) => total + each * (b[at] as number), 0);
const dense = (x: Matrix, weight: Matrix, bias?: readonly number[]): number[][] =>
  x.map((row) => weight.map((to, at) => dot(row, to) + (bias?.[at] ?? 0)));
const plus = (a: Matrix, b: Matrix): number[][] => a.map((row, at) => row.map((each, feature) => each + (b[at]?.[feature] as number)));
const gelu = (x: number): number => 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)));

function normed(x: Matrix, weight: readonly number[], bias: readonly number[]): number[][] {
  return x.map((row) => {
    const mean = row.reduce((one, other) => one + other, 0) / row.length;
    const variance = row.reduce((total, each) => total + (each - mean) ** 2, 0) / row.length;
    return row.map((each, at) => ((each - mean) / Math.sqrt(variance + 1e-9)) * (weight[at] as number) + (bias[at] as number));
  });
}

/** One layer, pair by pair: each position score from its own sinusoid of (query − key), each segment score from its own embedding. */
async function layerByPairs(
  parameters: Readonly<Record<string, Tensor>>,
  { queries, keys, q, k }: { queries: Matrix; keys: Matrix; q: FunnelSequence; k: FunnelSequence },
  separateCls: boolean,
): Promise<number[][]> {
  const { width, heads, headDim } = sizes;
  const get = <Nested>(name: string): Promise<Nested> => list(parameters[name]);
  const of = async (name: string, x: Matrix) =>
    dense(x, await get(`attention.${name}.weight`), parameters[`attention.${name}.bias`] ? await get(`attention.${name}.bias`) : undefined);
  const [queryHeads, keyHeads, valueHeads] = [await of('q_head', queries), await of('k_head', keys), await of('v_head', keys)];
  const [rw, rr, rs]: Matrix[] = [await get('attention.r_w_bias'), await get('attention.r_r_bias'), await get('attention.r_s_bias')];
  const [kernel, segments]: number[][][][] = [await get('attention.r_kernel'), await get('attention.seg_embed')];
  const attended = queries.map((_, i) => {
    const row: number[] = [];
    for (let h = 0; h < heads; h++) {
      const cut = (x: readonly number[]): number[] => x.slice(h * headDim, (h + 1) * headDim);
      const query = cut(queryHeads[i] as number[]);
      const biased = (bias: Matrix | undefined): number[] => query.map((each, at) => each + (bias?.[h]?.[at] as number));
      const scores = keys.map((_key, j) => {
        if (k.mask[0]?.[j] === 0) return Number.NEGATIVE_INFINITY;
        let score = dot(biased(rw), cut(keyHeads[j] as number[]));
        if (!(separateCls && (i === 0 || j === 0))) {
          const distance = (q.positions[i] as number) - (k.positions[j] as number);
          const wave = Array.from({ length: width }, (_w, at) => {
            const angle = distance / 10_000 ** ((2 * (at % (width / 2))) / width);
            return at < width / 2 ? Math.sin(angle) : Math.cos(angle);
          });
          const relative = Array.from({ length: headDim }, (_d, to) =>
            dot(
              wave,
              (kernel as number[][][]).map((each) => each[h]?.[to] as number),
            ),
          );
          const [one, other] = [q.types[0]?.[i], k.types[0]?.[j]];
          const same = one === other || one === 2 || other === 2 ? 1 : 0;
          score += dot(biased(rr), relative) + dot(biased(rs), segments?.[same]?.[h] as number[]);
        }
        return score / Math.sqrt(headDim);
      });
      const largest = Math.max(...scores);
      const weights = scores.map((score) => Math.exp(score - largest));
      const total = weights.reduce((one, other) => one + other, 0);
      for (let d = 0; d < headDim; d++)
        row.push(weights.reduce((sum, weight, j) => sum + (weight / total) * (cut(valueHeads[j] as number[])[d] as number), 0));
    }
    return row;
  });
  const between = normed(
    plus(queries, await of('post_proj', attended)),
    await get('attention.layer_norm.weight'),
    await get('attention.layer_norm.bias'),
  );
  const inner = dense(between, await get('ffn.linear_1.weight'), await get('ffn.linear_1.bias')).map((row) => row.map(gelu));
  const outer = dense(inner, await get('ffn.linear_2.weight'), await get('ffn.linear_2.bias'));
  return normed(plus(between, outer), await get('ffn.layer_norm.weight'), await get('ffn.layer_norm.bias'));
}

const scoped = (parameters: Readonly<Record<string, Tensor>>, prefix: string): Record<string, Tensor> =>
  Object.fromEntries(
    Object.entries(parameters).flatMap(([name, each]) => (name.startsWith(`${prefix}.`) ? [[name.slice(prefix.length + 1), each]] : [])),
  );

onBackends('funnelEncoder', () => {
  it.each([
    [11, { separateCls: true, truncate: true, poolQueriesOnly: true }],
    [12, { separateCls: true, truncate: true, poolQueriesOnly: false }],
    [9, { separateCls: true, truncate: false, poolQueriesOnly: true }],
    [9, { separateCls: false, truncate: true, poolQueriesOnly: true }],
    [7, { separateCls: false, truncate: false, poolQueriesOnly: false }],
  ])('%i tokens with %o: equals attention by tables of every pair, in the pooled block too', async (n, options) => {
    const encoder = funnelEncoder({ ...sizes, ...options, blockSizes: [1, 1, 1] });
    const parameters = lively(encoder.init);
    const x = draw('x', [1, n, 6]);
    const types = [Array.from({ length: n }, (_, at) => (at === 0 ? 2 : at < n / 2 ? 0 : 1))];
    const mask = [Array.from({ length: n }, (_, at) => (at < n - 2 ? 1 : 0))];
    const states = encoder.apply(parameters, { hidden: x, types, mask });
    let hidden: Matrix = ((await x.array()) as number[][][])[0] as number[][];
    let sequence: FunnelSequence = { positions: hidden.map((_, at) => at), types, mask };
    for (let block = 0; block < 3; block++) {
      let [queries, q]: [Matrix, FunnelSequence] = [hidden, sequence];
      if (block > 0) {
        const taken = options.separateCls && options.truncate ? hidden.slice(0, -1) : hidden;
        const groups = funnelGroups(taken.length, options);
        queries = Array.from({ length: groups.count }, (_, group) => {
          const members = taken.slice(groups.offsets[group], groups.offsets[group + 1]);
          return (members[0] as number[]).map(
            (_f, at) => members.reduce((sum, member) => sum + (member[at] as number), 0) / members.length,
          );
        });
        q = pooledSequence(sequence, groups, options);
      }
      const keys = options.poolQueriesOnly ? { keys: hidden, k: sequence } : { keys: queries, k: q };
      hidden = await layerByPairs(scoped(parameters, `blocks.${block}.0`), { queries, q, ...keys }, options.separateCls);
      sequence = q;
      expectClose(await (states[block] as Tensor).data(), hidden.flat(), { atol: 2e-5, rtol: 1e-4 }, `block ${block}`);
    }
    dispose([states as Tensor[], x, Object.values(parameters)]);
  });

  it('has the gradients of its input and of every score', async () => {
    const encoder = funnelEncoder({ ...sizes, blockSizes: [1, 1] });
    const all = lively(encoder.init);
    const names = ['r_w_bias', 'r_r_bias', 'r_s_bias', 'r_kernel', 'seg_embed', 'q_head.weight', 'k_head.weight', 'v_head.bias'];
    const chosen = Object.fromEntries(names.map((name) => [`blocks.1.0.attention.${name}`, all[`blocks.1.0.attention.${name}`] as Tensor]));
    const types = [[2, 0, 0, 0, 1, 1, 1, 1]];
    await expectGradients(({ x, ...rest }) => encoder.apply({ ...all, ...rest }, { hidden: x as Tensor, types }).at(-1) as Tensor, {
      ...chosen,
      x: draw('x', [1, 8, 6]),
    });
    dispose(Object.values(all));
  });

  it('a window hides what is farther away, in tokens on every level', async () => {
    const encoder = funnelEncoder({ ...sizes, blockSizes: [1, 1], separateCls: false, window: 2 });
    const parameters = lively(encoder.init);
    const x = draw('x', [1, 12, 6]);
    const before = encoder.apply(parameters, { hidden: x });
    const rows = (await x.array()) as number[][][];
    (rows[0] as number[][])[6] = [5, -4, 3, 1, -2, 6];
    const after = encoder.apply(parameters, { hidden: tensor3d(rows) });
    const changed = async (at: number): Promise<number[]> => {
      const [a, b] = [(await (before[at] as Tensor).array()) as number[][][], (await (after[at] as Tensor).array()) as number[][][]];
      return (a[0] as number[][]).flatMap((row, to) => (row.some((each, f) => each !== b[0]?.[to]?.[f]) ? [to] : []));
    };
    expect(await changed(0)).toEqual([4, 5, 6, 7, 8]);
    // Vectors of block 1 stand at 0, 2, 4, … and see those of block 0 that are 2 tokens away, of which 4 … 8 have changed.
    expect(await changed(1)).toEqual([1, 2, 3, 4, 5]);
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
    expect(await spread({ stride: 2, length: 7, separateCls: false })).toEqual([1, 1, 2, 2, 3, 3, 4]);
    expect(await spread({ stride: 1, length: 4 })).toEqual([1, 2, 3, 4]);
    expect(() => funnelUpsampling(x, { stride: 2, length: 9, separateCls: false })).toThrow(
      new ShapeError({
        caller: 'funnelUpsampling',
        problem: 'x has too few vectors.',
        expected: '[b, m, c] that fill 9 tokens, 2 for each vector',
        got: '[1, 4, 1], for 8 tokens',
        remedy: 'give the stride and the length of the encoder, and its separateCls and truncate.',
      }),
    );
    x.dispose();
  });
});

describe('the errors of Funnel', () => {
  const make = (config: Partial<FunnelEncoderConfig>) => () => funnelEncoder({ ...sizes, blockSizes: [1], ...config });
  it('refuse sizes that do not fit', () => {
    expect(make({ width: 7 })).toThrow(ConfigError);
    expect(make({ blockSizes: [] })).toThrow(ConfigError);
    expect(make({ blockSizes: [1, 1], blockRepeats: [1] })).toThrow(ConfigError);
    expect(make({ blockSizes: [0] })).toThrow(ConfigError);
    expect(() => funnelDecoder({ ...sizes, layers: 0 })).toThrow(ConfigError);
  });

  it('refuse marks that do not fit, and leave nothing behind', async () => {
    const encoder = funnelEncoder({ ...sizes, blockSizes: [1] });
    const parameters = encoder.init(createKey(0));
    const hidden = draw('x', [2, 3, 6]);
    const wrong = () =>
      encoder.apply(parameters, {
        hidden,
        mask: [
          [1, 1, 1],
          [1, 2, 1],
        ],
      });
    expect(wrong).toThrow(
      new ConfigError({
        caller: 'funnelEncoder',
        problem: 'mask holds a number that means nothing.',
        expected: '0 (padding), 1 (token)',
        got: '2 (row 1, token 1)',
        remedy: 'write mask with these numbers only.',
      }),
    );
    expect(() => encoder.apply(parameters, { hidden, types: [[0, 0, 0]] })).toThrow(ShapeError);
    expect(await leaked(() => wrong() as Tensor[])).toEqual({ tensors: 0, buffers: 0 });
    dispose([hidden, Object.values(parameters)]);
  });
});
