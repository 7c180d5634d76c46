import { createKey, packParameters, type SafetensorsTensor } from '@longspan/core-tensor';
import { withBackend } from '@longspan/tooling/expect';
import type { Tensor } from '@tensorflow/tfjs-core';
import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { checkpointOf, renamed, smallWeights } from '../../test/checkpoint.ts';
import { bert, bertModel } from '../family/bert/index.ts';
import { fromPretrained } from './from-pretrained.ts';
import { modelParameters } from './model-parameters.ts';

const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
const said = (): string => warn.mock.calls.map(([text]) => String(text)).join('\n');

beforeAll(() => withBackend('cpu'));
beforeEach(() => void warn.mockClear());

const dataOf = async (source: Tensor | undefined): Promise<readonly number[]> => Array.from((await source?.data()) ?? []);

describe('names', () => {
  it('of a body go into a head, which is drawn from the key and told', async () => {
    const source = checkpointOf(await smallWeights());
    const options = { family: bert, head: 'sequenceClassification', config: { numLabels: 3 }, key: createKey(5) } as const;
    const [one, two] = [await fromPretrained(source, options), await fromPretrained(source, options)];
    const other = await fromPretrained(source, { ...options, key: createKey(6) });
    expect(one.report.missing).toEqual(['classifier.weight', 'classifier.bias']);
    expect(one.report.drawn).toEqual(one.report.missing);
    expect(one.parameters['classifier.weight']?.shape).toEqual([3, 8]);
    expect(await dataOf(one.parameters['classifier.weight'])).toEqual(await dataOf(two.parameters['classifier.weight']));
    expect(await dataOf(one.parameters['classifier.weight'])).not.toEqual(await dataOf(other.parameters['classifier.weight']));
    expect(said().split('\n').slice(0, 2)).toEqual([
      'fromPretrained: the given bytes',
      '  drawn from the key, for the checkpoint has no such weights: classifier.weight, classifier.bias. Train them before they are used.',
    ]);
    for (const each of [one, two, other]) each.dispose();
  });

  it('of a head go into a body, which leaves the head and says so', async () => {
    const body = renamed(await smallWeights(), (name) => (name.startsWith('pooler') ? undefined : `bert.${name}`));
    const head: SafetensorsTensor = { dtype: 'F32', shape: [11], values: new Float32Array(11) };
    const source = checkpointOf({ ...body, 'cls.predictions.transform.LayerNorm.gamma': head, other: head });
    const { report, parameters, dispose } = await fromPretrained(source, { head: 'model' });
    expect(report).toMatchObject({
      unexpected: ['cls.predictions.transform.LayerNorm.gamma', 'other'],
      missing: ['pooler.dense.weight', 'pooler.dense.bias'],
      drawn: ['pooler.dense.weight', 'pooler.dense.bias'],
    });
    expect(Object.keys(parameters)).toContain('embeddings.word_embeddings.weight');
    expect(said()).toContain('left, for the model has no such weights: "cls.predictions.transform.LayerNorm.gamma", "other".');
    dispose();
  });

  it('of old conversions and of buffers that nothing needs make no difference and no noise', async () => {
    const tensors = await smallWeights();
    const old = renamed(tensors, (name) => name.replace('LayerNorm.weight', 'LayerNorm.gamma').replace('LayerNorm.bias', 'LayerNorm.beta'));
    const buffer: SafetensorsTensor = { dtype: 'I64', shape: [1, 2], values: BigInt64Array.of(0n, 2n ** 40n) };
    const { parameters, report, dispose } = await fromPretrained(checkpointOf({ ...old, 'embeddings.position_ids': buffer }));
    expect(report).toMatchObject({ missing: [], unexpected: [] });
    for (const [name, { values }] of Object.entries(tensors))
      expect(await dataOf(parameters[name])).toEqual(Array.from(values as Float32Array));
    expect(warn).not.toHaveBeenCalled();
    dispose();
  });

  it('that are tied are one tensor, and of two that differ the embedding counts, wherever it stands', async () => {
    const body = renamed(await smallWeights(), (name) => (name.startsWith('pooler') ? undefined : `bert.${name}`));
    const tied: SafetensorsTensor = { dtype: 'F32', shape: [11, 8], values: new Float32Array(88).fill(7) };
    const source = checkpointOf({ ...body, 'cls.predictions.decoder.weight': tied });
    const { parameters, report, dispose } = await fromPretrained(source, { head: 'maskedLanguageModel' });
    expect(await dataOf(parameters['bert.embeddings.word_embeddings.weight'])).toEqual(
      Array.from(body['bert.embeddings.word_embeddings.weight']?.values as Float32Array),
    );
    expect(report.unexpected).toEqual([]);
    dispose();
    const alone = renamed({ ...body, 'cls.predictions.decoder.weight': tied }, (name) =>
      name.endsWith('word_embeddings.weight') ? undefined : name,
    );
    const other = await fromPretrained(checkpointOf(alone), { head: 'maskedLanguageModel' });
    expect(new Set(await dataOf(other.parameters['bert.embeddings.word_embeddings.weight']))).toEqual(new Set([7]));
    other.dispose();
  });
});

it('packed weights keep their scales, under whatever names they stand', async () => {
  const config = bert.config({ vocabSize: 9, hiddenSize: 8, numHiddenLayers: 1, numAttentionHeads: 2, intermediateSize: 12 });
  const model = bertModel(config);
  const packed = await packParameters(model, model.init(createKey(1)), 'int8');
  const others = Object.entries(packed).map(([name, tensor]) => [`bert.${name.replace('LayerNorm.weight', 'LayerNorm.gamma')}`, tensor]);
  const { parameters, missing, unexpected } = modelParameters(bert, config, model, Object.fromEntries(others));
  expect({ missing, unexpected }).toEqual({ missing: [], unexpected: [] });
  expect(Object.keys(parameters).sort()).toEqual(Object.keys(packed).sort());
  for (const [name, tensor] of Object.entries(packed)) expect(parameters[name]).toBe(tensor);
});
