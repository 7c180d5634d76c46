import { createKey, disposeParameters, disposeState, type Parameters, padding } from '@longspan/core-tensor';
import { expectClose, leaked, onBackends, withBackend } from '@longspan/tooling/expect';
import { dispose, mul, slice, type Tensor, tensor2d, tidy } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { type RoutingTransformerOutput, routingTransformerConfig, routingTransformerForLanguageModel } from './index.ts';

const sizes = { num_tokens: 11, dim: 8, depth: 2, heads: 2, max_seq_len: 12, window_size: 4, num_mem_kv: 1 };

/** Parameters under which attention is not nearly even. */
const lively = (parameters: Parameters): Parameters =>
  Object.fromEntries(Object.entries(parameters).map(([name, each]) => [name, name.includes('norm') ? each : mul(each, 3)]));

const tokens = (rows: readonly (readonly number[])[]): Tensor =>
  tensor2d(
    rows.map((row) => [...row]),
    undefined,
    'int32',
  );
const someIds = (length: number, seed: number): number[] => Array.from({ length }, (_, at) => (seed + 3 * at + at * at) % 11);

const disposeOutput = ({ hidden, auxiliaryLoss, members, state }: RoutingTransformerOutput): void => {
  dispose([hidden, auxiliaryLoss, ...members.flatMap(({ queries, keys }) => (queries === keys ? [queries] : [queries, keys]))]);
  disposeState(state);
};

onBackends('Routing Transformer', () => {
  it('sees no later token where its clusters take them all', async () => {
    const model = routingTransformerForLanguageModel({ ...sizes, window_size: 12, causal: true });
    const parameters = lively(model.init(createKey(0)));
    for (const length of [1, 7, 12]) {
      const [ids, others] = [someIds(length, 1), someIds(length, 1)];
      others[length - 1] = ((others[length - 1] as number) + 1) % 11;
      const [one, two] = tidy(() => [ids, others].map((each) => model.apply(parameters, tokens([each])).hidden)) as [Tensor, Tensor];
      const before = (x: Tensor) => slice(x, [0, 0, 0], [1, length - 1, -1]).data();
      if (length > 1) expectClose(await before(two), await before(one), { atol: 1e-5, rtol: 1e-4 });
      dispose([one, two]);
    }
    disposeParameters(parameters);
  });

  it('hands its centroids on: moved in training, as they are outside of it', async () => {
    const model = routingTransformerForLanguageModel({ ...sizes, kmeans_ema_decay: 0.5 });
    const parameters = lively(model.init(createKey(1)));
    const [ids, name] = [tokens([someIds(9, 2), someIds(9, 5)]), 'routing_transformer.layers.layers.0.0.centroids'];
    const means = parameters['routing_transformer.layers.layers.0.0.fn.global_attn.kmeans.means'] as Tensor;
    const still = model.apply(parameters, ids);
    expect(await (still.state[name] as Tensor).data()).toEqual(await means.data());
    const moved = model.apply(parameters, ids, { training: true });
    expect(await (moved.state[name] as Tensor).data()).not.toEqual(await means.data());
    const again = model.apply(parameters, ids, { state: moved.state });
    expect(await (again.state[name] as Tensor).data()).toEqual(await (moved.state[name] as Tensor).data());
    for (const each of [still, moved, again]) disposeOutput(each);
    ids.dispose();
    disposeParameters(parameters);
  });

  it('leaves no tensor behind', async () => {
    const model = routingTransformerForLanguageModel(sizes);
    const parameters = model.init(createKey(2));
    const [ids, marks] = [tokens([someIds(9, 2)]), padding([[1, 1, 1, 1, 1, 1, 1, 0, 0]])];
    const run = async () => {
      disposeOutput(model.apply(parameters, ids, { padding: marks }));
      const { hidden, state } = model.loss.apply(parameters, ids, { padding: marks, labels: ids });
      hidden.dispose();
      disposeState(state);
      return {};
    };
    await run();
    expect(await leaked(run)).toEqual({ tensors: 0, buffers: 0 });
    ids.dispose();
    disposeParameters(parameters);
  });
});

describe('Routing Transformer', () => {
  beforeAll(() => withBackend('cpu'));

  it('says what does not fit', () => {
    expect(() => routingTransformerConfig({ ...sizes, max_seq_len: 10 })).toThrow('max_seq_len must be a multiple of window_size.');
    expect(() => routingTransformerConfig({ ...sizes, reversible: true })).toThrow('routingTransformerConfig: reversible must be');
    const model = routingTransformerForLanguageModel(sizes);
    expect(() => model.apply(model.init(createKey(0)), tokens([someIds(13, 0)]))).toThrow('the clusters must have room for all tokens.');
  });
});
