import { createKey, disposeState, type LayerState, type Parameters, uniform } from '@longspan/core-tensor';
import { integer } from '@longspan/tooling/arbitrary';
import { expectClose, leaked, onBackends } from '@longspan/tooling/expect';
import { concat, dispose, mul, slice, type Tensor, tensor2d, tidy } from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Family } from '../../pretrained/family.ts';
import { modelParameters } from '../../pretrained/model-parameters.ts';
import { transformerXl, transformerXlConfig, transformerXlForCausalLanguageModel, transformerXlModel } from './index.ts';

const config = transformerXlConfig({
  vocab_size: 13,
  cutoffs: [5, 9],
  d_model: 8,
  d_embed: 8,
  n_head: 2,
  d_head: 4,
  d_inner: 12,
  div_val: 2,
  n_layer: 2,
  mem_len: 5,
  clamp_len: 4,
  same_length: true,
  dropout: 0,
});

/** Parameters under which attention is not nearly even. */
const lively = (parameters: Parameters): Parameters =>
  Object.fromEntries(Object.entries(parameters).map(([name, each]) => [name, name.includes('layer_norm') ? each : mul(each, 12)]));

const tokens = (rows: readonly (readonly number[])[]): Tensor =>
  tensor2d(
    rows.map((row) => [...row]),
    undefined,
    'int32',
  );

const someRows = (batch: number, length: number, seed: number): number[][] =>
  Array.from({ length: batch }, (_, row) => Array.from({ length }, (_, at) => (seed + 7 * row + at * at * (row + 3)) % 13));

onBackends('Transformer-XL', () => {
  it('gives what one long segment gives, however the text is cut, with a memory that holds it all', async () => {
    const model = transformerXlForCausalLanguageModel(
      { ...config, sameLength: false },
      { memoryLength: 40, memoryStart: 'empty', blockSize: 8 },
    );
    const parameters = lively(model.init(createKey(0)));
    const cuts = fc.record({ batch: integer(1, 2), length: integer(2, 17), at: integer(1, 16), seed: integer(0, 99) });
    await fc.assert(
      fc.asyncProperty(cuts, async ({ batch, length, at, seed }) => {
        const rows = someRows(batch, length, seed);
        const cut = Math.min(at, length - 1);
        const [whole, parts] = tidy(() => {
          const found = [rows.map((row) => row.slice(0, cut)), rows.map((row) => row.slice(cut))].reduce<{
            hidden: Tensor[];
            state: LayerState;
          }>(
            ({ hidden, state }, part) => {
              const step = model.apply(parameters, tokens(part), { state });
              return { hidden: [...hidden, step.hidden], state: step.state };
            },
            { hidden: [], state: {} },
          );
          return [model.apply(parameters, tokens(rows)).hidden, concat(found.hidden, 1)];
        }) as [Tensor, Tensor];
        expectClose(await parts.data(), await whole.data(), { atol: 2e-5, rtol: 2e-4 });
        dispose([whole, parts]);
      }),
      { numRuns: 6 },
    );
    dispose(parameters);
  });

  it('changes nothing before a token that changes, in its segment and after it', async () => {
    const model = transformerXlForCausalLanguageModel(config, { blockSize: 8 });
    const parameters = lively(model.init(createKey(1)));
    const rows = someRows(2, 9, 3);
    const [changed] = [rows.map((row) => row.map((id, at) => (at === 6 ? (id + 1) % 13 : id)))];
    const [one, two] = [rows, changed].map((each) =>
      tidy(() => {
        const first = model.apply(parameters, tokens(each.map((row) => row.slice(0, 4))));
        return concat([first.hidden, model.apply(parameters, tokens(each.map((row) => row.slice(4))), { state: first.state }).hidden], 1);
      }),
    ) as [Tensor, Tensor];
    const before = (x: Tensor) => slice(x, [0, 0, 0], [2, 6, -1]).data();
    expect(await before(one)).toEqual(await before(two));
    expect(await one.data()).not.toEqual(await two.data());
    dispose([parameters, one, two]);
  });

  it('has a loss over labels that is the mean of the losses of the tokens that follow', async () => {
    const model = transformerXlForCausalLanguageModel(config);
    const parameters = lively(model.init(createKey(2)));
    const ids = tokens([
      [1, 4, 12, 3],
      [7, 8, 0, 2],
    ]);
    const labels = tokens([
      [1, 4, -100, 3],
      [7, 8, 0, 2],
    ]);
    const { hidden: loss, state } = model.loss.apply(parameters, ids, { labels });
    const { hidden: losses, state: other } = model.losses.apply(parameters, ids, { targets: [4, -100, 3, -100, 8, 0, 2, -100] });
    const counted = [...(await losses.data())];
    expect(counted.filter((each) => each === 0)).toHaveLength(3);
    expectClose(await loss.data(), [counted.reduce((total, each) => total + each, 0) / 5], { atol: 1e-6, rtol: 1e-5 });
    disposeState(state);
    disposeState(other);
    dispose([parameters, ids, labels, loss, losses]);
  });

  it('gives hidden states on request, and leaves no tensor behind', async () => {
    const model = transformerXlModel(config);
    const parameters = model.init(createKey(3));
    const ids = tokens([[1, 2, 3]]);
    const { hidden, hiddenStates, state } = model.apply(parameters, ids, { hiddenStates: true });
    expect(hiddenStates?.map(({ shape }) => shape)).toEqual([hidden.shape, hidden.shape, hidden.shape]);
    expectClose(await ((hiddenStates as readonly Tensor[]).at(-1) as Tensor).data(), await hidden.data(), { atol: 0, rtol: 0 });
    disposeState(state);
    dispose([hidden, [...(hiddenStates ?? [])]]);
    expect(
      await leaked(async () => {
        const found = model.apply(parameters, ids, { hiddenStates: true });
        disposeState(found.state);
        dispose([found.hidden, ...(found.hiddenStates ?? [])]);
        return {};
      }),
    ).toEqual({ tensors: 0, buffers: 0 });
    dispose([parameters, ids]);
  });
});

describe('the config of Transformer-XL', () => {
  it('is that of a checkpoint, in snake_case or camelCase', () => {
    expect(transformerXlConfig({ n_token: 5, mem_len: 3 }).memLen).toBe(3);
    expect(transformerXlConfig({ memLen: 3 })).toEqual(transformerXlConfig({ mem_len: 3 }));
  });

  it('that no model can be made with is an error', () => {
    expect(() => transformerXlConfig({ mem_len: 0 })).toThrow('mem_len must be at least 1 with same_length');
    expect(() => transformerXlConfig({ attn_type: 1 })).toThrow('transformerXlConfig: attnType must be 0.');
    expect(() => transformerXlModel(transformerXlConfig({ vocab_size: 10, cutoffs: [12] }))).toThrow(
      'transformerXlModel: the cutoffs must ascend',
    );
  });

  it('says which names of a checkpoint are tied, and which nobody needs', () => {
    const model = transformerXlForCausalLanguageModel(config);
    const all = [
      ...Object.keys(model.spec),
      'transformer.pos_emb.inv_freq',
      'crit.out_layers.0.weight',
      'crit.out_layers.2.weight',
      'crit.out_projs.1',
    ];
    const one = uniform(createKey(0), [1]);
    const found = modelParameters(transformerXl as object as Family, config, model, Object.fromEntries(all.map((name) => [name, one])));
    expect([found.missing, found.unexpected]).toEqual([[], []]);
    one.dispose();
  });
});
