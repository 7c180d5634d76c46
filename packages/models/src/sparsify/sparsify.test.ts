import { globalTokens, keyPadding, mask, perHead } from '@longspan/attention-sparse';
import { padding } from '@longspan/core-tensor';
import { expectClose, leaked, withBackend } from '@longspan/tooling/expect';
import { dispose, tensor2d } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  candidates,
  denseOf,
  exactly,
  families,
  first,
  lively,
  n,
  namesOf,
  near,
  plan,
  planted,
  sizes,
  text,
  wide,
} from '../../test/sparsified.ts';
import { bert, bertForMaskedLanguageModel, bertModel } from '../family/bert/index.ts';
import { longformer } from '../family/longformer/index.ts';
import type { Family } from '../pretrained/family.ts';
import { fromPretrained } from '../pretrained/from-pretrained.ts';
import { pretrainedFiles } from '../pretrained/save-pretrained.ts';
import { measureText } from './measure.ts';
import { readSample } from './sample.ts';
import { sparsify } from './sparsify.ts';

describe.each(Object.keys(families))('sparsify of %s', (name) => {
  beforeAll(() => withBackend('cpu'));

  it('is written and read again', async () => {
    const family = families[name] as Family;
    const dense = denseOf(family, name === 'modernbert' ? { globalAttnEveryNLayers: 2, localAttention: 4 } : {});
    const sparse = await sparsify(dense, { sample: [text, text.slice(3, 20)], recall: 0.2, candidates, blockSize: 2 });
    const files = await pretrainedFiles(sparse);
    const json = JSON.parse((await files.find((file) => file.name === 'config.json')?.text()) ?? '') as { attention_masks: unknown[] };
    expect(json.attention_masks).toEqual((sparse.config as { attentionMasks?: unknown }).attentionMasks);
    const read = await fromPretrained(files, { family, head: 'model' });
    const ids = tensor2d([text], [1, n], 'int32');
    const [one, other] = [sparse.model.apply(sparse.parameters, ids), read.model.apply(read.parameters, ids)];
    expect(await other.hidden.data()).toEqual(await one.hidden.data());
    const whole = dense.model.apply(dense.parameters, ids);
    expect(await whole.hidden.data()).not.toEqual(await one.hidden.data());
    expect(sparse.report.left).toEqual(name === 'modernbert' ? ['layers.1.attn'] : []);
    expect(family.explain?.(read.config, 'model', n)).toHaveLength(name === 'modernbert' ? 1 : 2);
    dispose([dense.parameters, sparse.parameters, read.parameters, ids, one as object, other as object, whole as object] as never);
  });
});

describe('sparsify', () => {
  beforeAll(() => withBackend('cpu'));

  it('reads texts that are longer than its sample', async () => {
    const dense = denseOf(families['modernbert'] as Family, { globalAttnEveryNLayers: 1 });
    const sparse = await sparsify(dense, { sample: [text], recall: 0.2, candidates: [near.or(globalTokens([0]))] });
    const ids = tensor2d(
      Array.from({ length: 500 }, (_, at) => 2 + (at % 9)),
      [1, 500],
      'int32',
    );
    const output = sparse.model.apply(sparse.parameters, ids, { attentionWeights: { queries: [300], heads: [0], layers: [1] } });
    expect(await output.attentionWeights?.['layers.1.attn']?.keys.data()).toEqual(Int32Array.from([0, 299, 300, 301]));
    dispose([dense.parameters, sparse.parameters, ids, output as object] as never);
  });

  it('looks at some queries of long texts, in several passes, and at none of padding', async () => {
    const dense = denseOf(families['bert'] as Family, { numHiddenLayers: 1 });
    const x = tensor2d([text, text], [2, n], 'int32');
    const context = { padding: padding([new Array<number>(n).fill(1), text.map((_, at) => (at < 9 ? 1 : 0))]) };
    const [read] = readSample('test', [{ x, context }], dense.model);
    const measured = async (pairsAtOnce: number) => {
      let passes = 0;
      const options = {
        caller: 'test',
        layers: ['encoder.layer.0.attention.self'],
        candidates,
        queries: 8,
        pairsAtOnce,
        onPass: () => passes++,
      };
      const [found] = await measureText(dense.model, dense.parameters, read as NonNullable<typeof read>, options);
      const sums = candidates.map((_, at) =>
        (found ?? []).map((pass) => pass[2]?.[at]?.kept ?? Number.NaN).reduce((sum, each) => sum + each, 0),
      );
      const queries = (found ?? []).map((pass) => pass[0]?.[0]?.queries ?? 0).reduce((sum, each) => sum + each, 0);
      return { passes, sums, queries };
    };
    const [once, often] = [await measured(2 ** 16), await measured(3 * 2 * n)];
    expect([once.passes, often.passes, once.queries, often.queries]).toEqual([1, 3, 10, 10]); // queries 2, 6, …, 30: two of them in the short text
    expectClose(often.sums, once.sums, { atol: 1e-5, rtol: 0 });
    dispose([dense.parameters, x]);
  });

  it('tells how far it is, and stops', async () => {
    const dense = denseOf(families['bert'] as Family);
    const told: string[] = [];
    const controller = new AbortController();
    const options = { ...exactly, sample: [text, text] };
    const sparse = await sparsify(dense, { ...options, progress: ({ stage, done, total }) => told.push(`${stage} ${done} of ${total}`) });
    expect(told).toEqual(['measure 0 of 2', 'measure 1 of 2', 'compare 0 of 2', 'compare 1 of 2', 'compare 2 of 2']);
    const stopped = sparsify(dense, { ...options, signal: controller.signal, progress: () => controller.abort() });
    await expect(stopped).rejects.toThrow(/abort/i);
    dispose([dense.parameters, sparse.parameters]);
  });

  const own = mask({ name: 'own', allows: () => true });
  it.each<[string, object, string]>([
    ['recall', { recall: 0 }, 'sparsify: recall must be in (0, 1].'],
    ['no texts', { sample: [] }, 'sparsify: sample must hold at least one text of at least one token.'],
    ['one text alone', { sample: [1, 2] }, 'sparsify: sample must hold at least one text of at least one token.'],
    ['no candidates', { candidates: [] }, 'sparsify: candidates must hold at least one mask.'],
    [
      'a mask of some texts',
      { candidates: [keyPadding({ lengths: [1, 2] })] },
      'sparsify: candidates must hold for all texts, and be written as JSON.',
    ],
    ['a rule', { candidates: [own] }, 'sparsify: candidates must hold for all texts, and be written as JSON.'],
    ['other heads', { candidates: [perHead([near, wide, first])] }, 'sparsify: a mask must be made for this number of heads.'],
    ['queries', { queries: 0 }, 'sparsify: queries must be an integer of at least 1.'],
    ['an unknown option', { recal: 1 }, 'did you mean recall?'],
  ])('refuses %s', async (_, options, words) => {
    const dense = denseOf(families['bert'] as Family);
    const left = await leaked(async () => {
      await expect(sparsify(dense, { ...exactly, ...options })).rejects.toThrow(words);
      return [];
    });
    expect(left).toEqual({ tensors: 0, buffers: 0 });
    dispose([dense.parameters]);
  });

  it('leaves nothing behind where a parameter that the model lacks is no tensor', async () => {
    const dense = denseOf(families['bert'] as Family);
    const left = await leaked(async () => {
      const odd = sparsify({ ...dense, parameters: { ...dense.parameters, more: 1 } as never }, exactly);
      await expect(odd).rejects.toThrow('sparsify: more must be a tensor');
      return [];
    });
    expect(left).toEqual({ tensors: 0, buffers: 0 });
    dispose([dense.parameters]);
  });

  it('refuses models that have no layer to choose for, and texts of which some have labels', async () => {
    const short = { ...sizes, attentionWindow: 4, padTokenId: 1 };
    const windows = denseOf(longformer as object as Family, short);
    await expect(sparsify(windows, exactly)).rejects.toThrow(
      'sparsify: the family must be one whose layers attend to every token.\n  expected  bert, distilbert, modernbert, mpnet, roberta or xlm-roberta\n  got       "longformer"',
    );
    const twice = denseOf(families['bert'] as Family, { attentionMasks: [near.toJSON(), first.toJSON()] });
    await expect(sparsify(twice, exactly)).rejects.toThrow('sparsify: the model must have a layer that attends to every token.');
    const config = bert.config(sizes);
    const model = bertForMaskedLanguageModel(config);
    const given = { family: bert, head: 'maskedLanguageModel', config, model, parameters: lively(model) } as const;
    const ids = tensor2d([text], [1, n], 'int32');
    const sample = [{ x: ids, context: { labels: ids } }, text];
    await expect(sparsify(given, { ...exactly, sample })).rejects.toThrow('sparsify: all texts of the sample must have labels, or none.');
    dispose([windows.parameters, twice.parameters, given.parameters, ids]);
  });

  it.each<[unknown, string]>([
    [
      [near.toJSON()],
      'bertModel: attention_masks must hold one mask for each layer.\n  expected  2 masks, null for a layer that keeps its own\n  got       1',
    ],
    [
      [null, perHead([near, near]).toJSON()],
      'bertModel: the mask of a layer must be for all texts, and for all heads or each of them.\n  expected  1 or 4 heads, 1 batch row\n  got       attention_masks[1]: 2 heads, 1 batch rows',
    ],
    [[null, { kind: 'slidingWindo' }], 'bertModel: attention_masks[1].kind must be one of the known kinds.'],
  ])('a config with attention_masks %j makes no model', (attentionMasks, words) => {
    expect(() => bertModel({ ...sizes, attention_masks: attentionMasks } as never)).toThrow(words);
  });

  it('takes windows that hide something of the sample by default, and the first token', async () => {
    const sparse = await sparsify(planted(plan), { sample: [text], recall: 0.95, blockSize: 8, length: 64 });
    expect(namesOf(sparse.report.layers[0]?.heads ?? [])).toEqual([
      'slidingWindow({ left: 8, right: 8 })',
      'keysAt([0])',
      'slidingWindow({ left: 8, right: 0 })',
      'everything()',
    ]);
    expectClose([sparse.report.length], [64], { atol: 0, rtol: 0 });
  });
});
