import {
  type AttentionRows,
  type Layer,
  type LayerContext,
  type LayerOutput,
  type Parameters,
  padding,
  splitHeads,
} from '@longspan/core-tensor';
import { attentionOf, hiddenOf } from '@longspan/core-tensor/layer';
import { expectClose, leaked, mixedByRows, onBackends } from '@longspan/tooling/expect';
import { add, dispose, matMul, reshape, type Tensor, tensor, tidy, transpose } from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { draw, lively } from '../../test/random.ts';
import { attentionToGroups, attentionToMembers } from './attention-between-levels.ts';
import { hourglass } from './hourglass.ts';
import type { HourglassPlan } from './plan.ts';
import { relativeAttention } from './relative-attention.ts';

// No more keys than features of a head: rows that give the layer's output are its softmax.
const [batch, heads, headDim, groups, factor] = [2, 2, 12, 4, 3] as const;
const width = heads * headDim;
const members = groups * factor;
const plan: HourglassPlan = {
  width,
  heads,
  innerWidth: width,
  downsampling: { attention: 'average' },
  upsampling: { attention: 'linear' },
  window: undefined,
  epsilon: 1e-6,
  hiddenDropout: 0,
  cache: false,
  chunkLength: undefined,
  wrapLayer: (layer) => layer,
};
const level = { factor, total: factor, layers: 1 };
const drawnBiases = () => ({ context: draw('context', [heads, headDim]), location: draw('location', [heads, headDim]) });
type Attention = Layer<LayerContext, LayerOutput>;

const project = (x: Tensor, parameters: Parameters, name: string): Tensor => {
  const [rows, length] = x.shape as [number, number];
  const flat = matMul(reshape(x, [-1, width]), parameters[`${name}.weight`] as Tensor, false, true);
  return reshape(add(flat, parameters[`${name}.bias`] as Tensor), [rows, length, width]);
};
const indices = (count: number) => Array.from({ length: count }, (_, at) => at);
const rowsOf = (output: LayerOutput, name = '') => (attentionOf(output).attentionWeights as AttentionRows)[name] as AttentionRows[string];

onBackends('rows of the softmax in an hourglass', () => {
  it.each<[string, (window: HourglassPlan['window']) => object, number, number]>([
    ['among the vectors of a level', (window) => relativeAttention({ ...plan, window }, 2), members, members],
    ['of groups over members', (window) => attentionToMembers({ ...plan, window }, level), groups, members],
    ['of members over groups', (window) => attentionToGroups({ ...plan, window }, level), members, groups],
  ])('%s give the output again', async (_, make, queries, keys) => {
    for (const window of [undefined, { left: 2, right: 0 }]) {
      const layer = make(window) as Attention;
      const parameters = lively(layer.init);
      const x = draw('x', [batch, queries, width]);
      const biases = drawnBiases();
      const others = draw('others', [batch, keys, width]);
      const context = { biases, ...(layer.reads.includes('keys') ? { keys: others } : {}) } as LayerContext;
      const plain = layer.apply(parameters, x, context);
      const output = layer.apply(parameters, x, { ...context, attentionWeights: { queries: indices(queries) } });
      const values = tidy(() => splitHeads(project('keys' in context ? others : x, parameters, 'value'), heads));
      const mixed = await mixedByRows(rowsOf(output), values);
      const found = tidy(() => {
        const merged = reshape(transpose(tensor(mixed, [batch, heads, queries, headDim]), [0, 2, 1, 3]), [batch, queries, width]);
        return project(merged, parameters, 'out');
      });
      expectClose(await found.data(), await hiddenOf(plain).data(), { atol: 3e-5, rtol: 2e-4 });
      const some = layer.apply(parameters, x, { ...context, attentionWeights: { queries: [3, 1], heads: [1] } });
      const [few, all] = [(await rowsOf(some).keys.array()) as number[][][][], (await rowsOf(output).keys.array()) as number[][][][]];
      const real = (keys: readonly number[] = []) => keys.filter((key) => key >= 0);
      expect(few.map((row) => row[0]?.map(real))).toEqual(all.map((row) => [real(row[1]?.[3]), real(row[1]?.[1])]));
      dispose([parameters, x, biases, others, plain as object, output as object, values, found, some as object] as never);
    }
  });

  it('are given by each of its levels, by name', async () => {
    const layer = hourglass({ width: 8, heads: 2, innerWidth: 12, tokenLayers: [1, 1], hierarchy: '1@2 1@4 1@2' });
    expect(layer.attentions).toEqual([
      'before.layers.0.attention',
      'inner.downsample.attention',
      'inner.before.layers.0.attention',
      'inner.inner.downsample.attention',
      'inner.inner.before.layers.0.attention',
      'inner.inner.upsample.attention',
      'inner.after.layers.0.attention',
      'inner.upsample.attention',
      'after.layers.0.attention',
    ]);
    const parameters = lively(layer.init);
    const x = draw('x', [1, 7, 8]);
    const ask = (queries: readonly number[], layers: readonly string[]): LayerOutput =>
      layer.apply(parameters, x, { attentionWeights: { queries, layers } });
    const output = ask([0, 1], [...layer.attentions]);
    for (const name of layer.attentions) {
      const sums = ((await rowsOf(output, name).weights.array()) as number[][][][])
        .flat(2)
        .map((row) => row.reduce((s, each) => s + each, 0));
      expectClose(sums, [1, 1, 1, 1], { atol: 1e-5, rtol: 0 }, name);
    }
    expect(() => ask([4], ['inner.before'])).toThrow('queries must be indices of q.');
    expect(() => ask([7], ['inner.upsample'])).toThrow('queries must be vectors of the level above.');
    const left = padding([[0, 1, 1, 1, 1, 1, 1]]);
    expect(() => layer.apply(parameters, x, { padding: left, attentionWeights: { queries: [0] } })).toThrow(
      'every row of the batch must begin with a token where rows of attention are asked for.',
    );
    const none = await leaked(() => {
      const again = ask([1], ['inner']);
      return [hiddenOf(again), ...Object.values(attentionOf(again).attentionWeights ?? {}).flatMap(({ keys, weights }) => [keys, weights])];
    });
    expect(none).toEqual({ tensors: 0, buffers: 0 });
    dispose([parameters, x, output as object] as never);
  });
});
