import { createKey, type Key, type LayerState, normal, type Parameters, padding } from '@longspan/core-tensor';
import { expectClose, onFewerBackends, withBackend } from '@longspan/tooling/expect';
import { concat, dispose, slice, tensor2d } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { hourglassForCausalLanguageModel, hourglassLanguageModel } from './index.ts';

/** Parameters with every bias and table drawn, so that no part is idle. */
const lively = (init: (key: Key) => Parameters): Parameters =>
  Object.fromEntries(
    Object.entries(init(createKey('parameters'))).map(([name, { shape }]) => [
      name,
      normal(createKey(name), shape, { mean: /norm[.]weight$/.test(name) ? 1 : 0, standardDeviation: 0.4 }),
    ]),
  );

const small = { width: 8, heads: 2, innerWidth: 12, tokenLayers: [1, 1] } as const;

onFewerBackends('an hourglass language model', () => {
  it('a language model predicts from padded ids what it predicts from the tokens alone', async () => {
    const model = hourglassLanguageModel({ ...small, vocabulary: 7, hierarchy: '1@3' });
    const parameters = lively(model.init);
    const ids = [1, 5, 2, 6, 4];
    const alone = model.apply(parameters, tensor2d([ids], [1, 5], 'int32'));
    const padded = tensor2d([[3, 3, ...ids, 3, 3]], [1, 9], 'int32');
    const out = model.apply(parameters, padded, { padding: padding([[0, 0, 1, 1, 1, 1, 1, 0, 0]]) });
    expectClose(await slice(out, [0, 2, 0], [1, 5, 7]).data(), await alone.data(), { atol: 2e-5, rtol: 1e-4 });
    dispose([alone, padded, out, Object.values(parameters)]);
  });
  it('in a language model predicts what the model without a cache predicts, by the same parameters', async () => {
    const config = { ...small, vocabulary: 7, hierarchy: '1@2 1@4 1@2' };
    const plain = hourglassLanguageModel({ ...config, shift: 0 });
    const model = hourglassLanguageModel({ ...config, shift: 0, cache: true });
    const parameters = lively(plain.init);
    const ids = tensor2d([[1, 5, 2, 6, 0, 3, 4, 2, 2, 1]], [1, 10], 'int32');
    let state: LayerState = {};
    const rows = Array.from({ length: 10 }, (_, at) => {
      const step = model.apply(parameters, slice(ids, [0, at], [1, 1]), { state });
      ({ state } = step);
      return step.hidden;
    });
    expectClose(await concat(rows, 1).data(), await plain.apply(parameters, ids).data(), { atol: 2e-5, rtol: 1e-4 });
    expect(() => hourglassLanguageModel({ ...config, cache: true })).toThrow(
      'hourglassLanguageModel: shift must be 0 with a cache: a step predicts what follows its token.',
    );
  });
});

describe('hourglassLanguageModel', () => {
  beforeAll(() => withBackend('cpu'));

  it.each([0, 1] as const)('with shift %i logits t depend on tokens up to t - shift', async (shift) => {
    const model = hourglassLanguageModel({ ...small, vocabulary: 7, hierarchy: '1@3', shift });
    const parameters = lively(model.init);
    const ids = [1, 5, 2, 6, 0, 3, 4, 2];
    const logits = async (tokens: readonly number[]): Promise<number[][]> => {
      const out = model.apply(parameters, tensor2d([...tokens], [1, 8], 'int32'));
      return ((await out.array()) as number[][][])[0] as number[][];
    };
    const before = await logits(ids);
    for (let t = 0; t < 8; t++) {
      const after = await logits(ids.map((id, at) => (at === t ? (id + 1) % 7 : id)));
      const changed = after.findIndex((row, at) => row.some((each, to) => Math.abs(each - (before[at]?.[to] as number)) > 1e-6));
      expect(changed).toBe(t + shift < 8 ? t + shift : -1);
    }
    dispose(Object.values(parameters));
  });
});

describe('the family', () => {
  beforeAll(() => withBackend('cpu'));

  it.each([0, 1] as const)('has the loss of the token that its logits predict, with shift_right %i', async (shift) => {
    const config = { vocab_size: 7, d_model: 8, d_ff: 12, n_heads: 2, hierarchy: '1@2', shift_right: shift };
    const model = hourglassForCausalLanguageModel(config);
    const parameters = lively(model.init);
    const ids = tensor2d([[1, 5, 2, 6, 0]], [1, 5], 'int32');
    const logits = (await (model.apply(parameters, ids).hidden.array() as Promise<number[][][]>))[0] as number[][];
    const targets = [1, 5, 2, 6, 0].slice(1 - shift);
    const losses = targets.map((target, at) => {
      const row = logits[at] as number[];
      return Math.log(row.reduce((total, each) => total + Math.exp(each), 0)) - (row[target] as number);
    });
    const loss = await model.loss.apply(parameters, ids, { labels: ids }).data();
    expectClose(loss, [losses.reduce((total, each) => total + each, 0) / losses.length], { atol: 1e-5, rtol: 1e-5 });
  });

  it('says what a config lacks', () => {
    expect(() => hourglassForCausalLanguageModel({})).toThrow('vocabSize must be');
    expect(() => hourglassForCausalLanguageModel({ vocab_size: 7, hierarchy: '1@2 1@4' })).toThrow(
      'hourglassForCausalLanguageModel: the hierarchy must be a palindrome.',
    );
  });
});
