import { type AttentionRows, applyRmsNorm, createKey, normal, type Parameters, padding, splitHeads } from '@longspan/core-tensor';
import { attentionOf, hiddenOf } from '@longspan/core-tensor/layer';
import { expectClose, leaked, mixedByRows, onBackends } from '@longspan/tooling/expect';
import { concat, dispose, matMul, reshape, stack, sum, type Tensor, tensor, tidy, transpose, unstack } from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { transientGlobalAttention } from './transient-global-attention.ts';

// Ten keys of tokens and blocks at most, fewer than the features of a head.
const [heads, headDim, width, block, n] = [2, 12, 6, 3, 7] as const;
const layer = transientGlobalAttention({
  width,
  heads,
  headDim,
  radius: 1,
  globalBlockLength: block,
  relativeBias: { buckets: 8, maxDistance: 16 },
});
const lively = (): Parameters =>
  Object.fromEntries(
    Object.entries(layer.spec).map(([name, { shape }]) => [name, normal(createKey(name), [...shape], { standardDeviation: 0.5 })]),
  );
const every = Array.from({ length: n }, (_, at) => at);

/** The values of tokens, and after them those of the sums of their blocks: the last block takes the tokens that are left. */
function valuesOf(x: Tensor, parameters: Parameters): Tensor {
  const tokens = unstack(x, 1);
  const blocks = [tokens.slice(0, 3), tokens.slice(3)].map((each) => sum(stack(each, 1), 1));
  const sums = applyRmsNorm(stack(blocks, 1), parameters['global_input_layer_norm.weight']);
  const all = concat([x, sums], 1);
  const flat = matMul(reshape(all, [-1, width]), parameters['v.weight'] as Tensor, false, true);
  return splitHeads(reshape(flat, [x.shape[0] as number, n + 2, heads * headDim]), heads);
}

onBackends('rows of transientGlobalAttention', () => {
  it('give its output of the values of tokens and global tokens', async () => {
    const parameters = lively();
    const x = normal(createKey('x'), [2, n, width]);
    const plain = layer.apply(parameters, x);
    const output = layer.apply(parameters, x, { attentionWeights: { queries: every } });
    expect(await hiddenOf(output).data()).toEqual(await plain.data());
    const rows = (attentionOf(output).attentionWeights as AttentionRows)[''] as AttentionRows[string];
    const values = tidy(() => valuesOf(x, parameters));
    const mixed = await mixedByRows(rows, values);
    const merged = tidy(() => {
      const byToken = transpose(tensor(mixed, [2, heads, n, headDim]), [0, 2, 1, 3]);
      return matMul(reshape(byToken, [2 * n, heads * headDim]), parameters['o.weight'] as Tensor, false, true);
    });
    expectClose(await merged.data(), await plain.data(), { atol: 2e-5, rtol: 1e-4 });
    const keys = (await rows.keys.array()) as number[][][][];
    expect(keys[0]?.[0]?.[3]).toEqual([2, 3, 4, n, n + 1]);
    const some = layer.apply(parameters, x, { attentionWeights: { queries: [3], heads: [1] } });
    const one = (attentionOf(some).attentionWeights as AttentionRows)[''] as AttentionRows[string];
    const all = (await rows.weights.array()) as number[][][][];
    expectClose(
      await one.weights.data(),
      all.flatMap((row) => row[1]?.[3] ?? []),
      { atol: 1e-6, rtol: 1e-5 },
    );
    dispose([parameters, x, plain, output as object, some as object, values, merged] as never);
  });

  it('have no keys of padding, nor blocks that a row has not, and leave no tensor behind', async () => {
    const parameters = lively();
    const x = normal(createKey('x'), [2, n, width]);
    const context = { padding: padding([every.map(() => 1), every.map((at) => (at < 4 ? 1 : 0))]), attentionWeights: { queries: [3] } };
    const output = layer.apply(parameters, x, context);
    const rows = (attentionOf(output).attentionWeights as AttentionRows)[''] as AttentionRows[string];
    const [one, two] = ((await rows.keys.array()) as number[][][][]).map((row) => row[0]?.[0]);
    expect([one, two]).toEqual([
      [2, 3, 4, n, n + 1],
      [2, 3, n, -1, -1],
    ]);
    dispose(output as object as Tensor[]);
    const left = await leaked(() => {
      const again = layer.apply(parameters, x, context);
      const { keys, weights } = (attentionOf(again).attentionWeights as AttentionRows)[''] as AttentionRows[string];
      return [hiddenOf(again), keys, weights];
    });
    expect(left).toEqual({ tensors: 0, buffers: 0 });
    dispose([parameters, x] as never);
  });
});
