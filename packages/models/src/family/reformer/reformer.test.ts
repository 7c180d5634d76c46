import { createKey, disposeParameters, disposeState, type LayerState, type Parameters, padding } from '@longspan/core-tensor';
import { integer } from '@longspan/tooling/arbitrary';
import { expectClose, leaked, onBackends, withBackend } from '@longspan/tooling/expect';
import { concat, dispose, mul, slice, type Tensor, tensor2d, tidy } from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { reformer, reformerConfig, reformerForCausalLanguageModel, reformerForMaskedLanguageModel, reformerModel } from './index.ts';

const config = reformerConfig({
  vocab_size: 11,
  hidden_size: 8,
  num_attention_heads: 2,
  attention_head_size: 4,
  feed_forward_size: 12,
  attn_layers: ['local', 'lsh'],
  num_hashes: 2,
  num_buckets: 4,
  local_attn_chunk_length: 4,
  lsh_attn_chunk_length: 6,
  axial_pos_shape: [6, 6],
  axial_pos_embds_dim: [3, 5],
  hidden_dropout_prob: 0,
  local_attention_probs_dropout_prob: 0,
  is_decoder: true,
});

/** Parameters under which attention is not nearly even. */
const lively = (parameters: Parameters): Parameters =>
  Object.fromEntries(Object.entries(parameters).map(([name, each]) => [name, name.includes('norm') ? each : mul(each, 8)]));

const tokens = (rows: readonly (readonly number[])[]): Tensor =>
  tensor2d(
    rows.map((row) => [...row]),
    undefined,
    'int32',
  );
const someIds = (length: number, seed: number): number[] => Array.from({ length }, (_, at) => (seed + 3 * at + at * at) % 11);
const tolerance = { atol: 2e-5, rtol: 2e-4 };
const anyText = fc.record({ length: integer(2, 23), at: integer(1, 22), seed: integer(0, 99) });

onBackends('Reformer', () => {
  it('changes nothing before a token that changes, the buckets held fixed, at any length', async () => {
    const model = reformerForCausalLanguageModel(config);
    const parameters = lively(model.init(createKey(0)));
    await fc.assert(
      fc.asyncProperty(anyText, async ({ length, at, seed }) => {
        const changedAt = Math.min(at, length - 1);
        const [ids, others] = [someIds(length, seed), someIds(length, seed)];
        others[changedAt] = ((others[changedAt] as number) + 1) % 11;
        const first = model.apply(parameters, tokens([ids]));
        const second = model.apply(parameters, tokens([others]), { state: first.state });
        const before = (x: Tensor) => slice(x, [0, 0, 0], [1, changedAt, -1]).data();
        expectClose(await before(second.hidden), await before(first.hidden), tolerance);
        for (const each of [first, second]) {
          each.hidden.dispose();
          disposeState(each.state);
        }
      }),
      { numRuns: 6 },
    );
    disposeParameters(parameters);
  });

  it('reads a row of a batch as it reads it alone, and does not see what padding holds', async () => {
    const model = reformerModel({ ...config, attnLayers: ['local', 'local'] });
    const parameters = lively(model.init(createKey(1)));
    const rows = [someIds(13, 1), someIds(13, 2)];
    const marks = padding([[...new Array<number>(9).fill(1), 0, 0, 0, 0], new Array<number>(13).fill(1)]);
    const otherwise = [rows[0]?.map((id, at) => (at < 9 ? id : (id + 5) % 11)) as number[], rows[1] as number[]];
    const [one, two, alone] = tidy(() => [
      model.apply(parameters, tokens(rows), { padding: marks }).hidden,
      model.apply(parameters, tokens(otherwise), { padding: marks }).hidden,
      model.apply(parameters, tokens([rows[1] as number[]])).hidden,
    ]) as [Tensor, Tensor, Tensor];
    const real = (x: Tensor) => slice(x, [0, 0, 0], [1, 9, -1]).data();
    expectClose(await real(two), await real(one), tolerance);
    expectClose(await slice(one, [1, 0, 0], [1, 13, -1]).data(), await alone.data(), tolerance);
    dispose([one, two, alone]);
    disposeParameters(parameters);
  });

  it('writes token by token, its keys and values as state, what one call over the text gives', async () => {
    const local = { ...config, attnLayers: ['local', 'local'] as const };
    const [plain, cached] = [reformerForCausalLanguageModel(local), reformerForCausalLanguageModel(local, { cache: true })];
    const parameters = lively(plain.init(createKey(2)));
    const ids = someIds(11, 4);
    const [whole, steps] = tidy(() => {
      let state: LayerState = {};
      const rows = ids.map((id) => {
        const step = cached.apply(parameters, tokens([[id]]), { state });
        ({ state } = step);
        return step.hidden;
      });
      return [plain.apply(parameters, tokens([ids])).hidden, concat(rows, 1)];
    }) as [Tensor, Tensor];
    expectClose(await steps.data(), await whole.data(), tolerance);
    dispose([whole, steps]);
    disposeParameters(parameters);
  });

  it('leaves no tensor behind, hidden states and all', async () => {
    const model = reformerModel(config);
    const parameters = model.init(createKey(3));
    const ids = tokens([someIds(7, 0)]);
    const run = async () => {
      const { hidden, hiddenStates = [], state } = model.apply(parameters, ids, { hiddenStates: true });
      expect(hiddenStates.map(({ shape }) => shape)).toEqual([1, 2, 3].map(() => [1, 7, 8]));
      dispose([hidden, ...hiddenStates]);
      disposeState(state);
      return {};
    };
    await run();
    expect(await leaked(run)).toEqual({ tensors: 0, buffers: 0 });
    ids.dispose();
    disposeParameters(parameters);
  });
});

describe('Reformer', () => {
  beforeAll(() => withBackend('cpu'));

  it('says that it attends in full to a text within one chunk, and warns of it once', () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
    const short = reformerConfig({ ...config, lshAttnChunkLength: 7 });
    const model = reformerModel(short);
    const parameters = model.init(createKey(0));
    for (let time = 0; time < 2; time++) model.apply(parameters, tokens([[1, 2, 3]]));
    expect(warn).toHaveBeenCalledTimes(1);
    expect(warn).toHaveBeenCalledWith(reformer.explain?.(short, 'model', 3)[0]);
    expect(reformer.explain?.(short, 'model', 8)).toEqual([]);
    warn.mockRestore();
  });

  it('says what does not fit', () => {
    expect(() => reformerConfig({ axial_pos_embds_dim: [1, 2] })).toThrow('axial_pos_embds_dim must sum to hidden_size.');
    expect(() => reformerConfig({ attn_layers: ['full'] })).toThrow('reformerConfig: attnLayers.0 must be');
    expect(() => reformerForMaskedLanguageModel(config)).toThrow('reformerForMaskedLanguageModel: is_decoder must be false');
    expect(() => reformerForCausalLanguageModel({ ...config, isDecoder: false })).toThrow('must not see later tokens');
    const model = reformerModel(config);
    expect(() => model.apply(model.init(createKey(0)), tokens([someIds(37, 0)]))).toThrow(
      'reformerModel: every token must have a position.\n  expected  at most 36 tokens',
    );
  });
});
