import { expectClose, withBackend } from '@longspan/tooling/expect';
import { memory, tensor2d } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { drawnText, lively, wordTokenizer } from '../../../test/text.ts';
import { bertForSequenceClassification, bertForTokenClassification, bertModel } from '../../family/bert/index.ts';
import type { TextModel } from '../model/text-model.ts';
import { classify } from './classify.ts';
import { classifyTokens } from './classify-tokens.ts';
import { softmax } from './labels.ts';

const config = {
  vocabSize: 300,
  hiddenSize: 8,
  numHiddenLayers: 1,
  numAttentionHeads: 2,
  intermediateSize: 12,
  maxPositionEmbeddings: 64,
  id2label: { 0: 'O', 1: 'B-A', 2: 'I-A', 3: 'B' },
};
const tokenizer = wordTokenizer(300);
const modelOf = (make: typeof bertForSequenceClassification, more: object = {}): TextModel => {
  const model = make({ ...config, ...more });
  return { model, parameters: lively(model), tokenizer, config: { ...config, ...more } };
};
const logitsOf = async ({ model, parameters }: TextModel, ids: readonly number[]): Promise<Float32Array> =>
  model.apply(parameters, tensor2d([1, ...ids, 2], [1, ids.length + 2], 'int32'), {} as never).hidden.data<'float32'>();

beforeAll(() => withBackend('cpu'));

describe('classify', () => {
  it('gives the mean of its windows by their own tokens, and each window', async () => {
    const model = modelOf(bertForSequenceClassification);
    const document = drawnText(8);
    const before = memory().numTensors;
    const { labels, windows } = await classify(document, model, { length: 34 });
    expect(memory().numTensors).toBe(before);
    const { ids } = await tokenizer.encode(document);
    const mean = [0, 0, 0, 0];
    for (const { tokens, own, labels: each } of windows) {
      const scores = softmax(await logitsOf(model, [...ids.subarray(tokens.start, tokens.end)]));
      for (const { label, score } of each) expect(score).toBeCloseTo(scores[Object.values(config.id2label).indexOf(label)] as number, 5);
      scores.forEach((score, at) => {
        mean[at] = (mean[at] as number) + (score * (own.end - own.start)) / ids.length;
      });
    }
    expect(windows.length).toBeGreaterThan(4);
    expectClose(
      labels.map(({ score }) => score),
      mean.sort((a, b) => b - a),
      { atol: 1e-5, rtol: 1e-5 },
    );
  });

  it('is independent for each class where there are several, and plain numbers for a regression', async () => {
    for (const problemType of ['multi_label_classification', 'regression']) {
      const model = modelOf(bertForSequenceClassification, { problemType });
      const { labels } = await classify('It rains.', model);
      const logits = await logitsOf(model, [...(await tokenizer.encode('It rains.')).ids]);
      const wanted = Array.from(logits, (logit) => (problemType === 'regression' ? logit : 1 / (1 + Math.exp(-logit))));
      expectClose(
        labels.map(({ score }) => score),
        wanted.sort((a, b) => b - a),
        { atol: 1e-5, rtol: 1e-5 },
      );
    }
    expect((await classify('', modelOf(bertForSequenceClassification))).windows).toEqual([]);
  });

  it('tells a model without such a head, and names that are missing', async () => {
    const body = bertModel(config);
    await expect(classify('a', { model: body, parameters: lively(body), tokenizer })).rejects.toThrow(
      'classify: model must have a head for the classes of texts.',
    );
    const model = modelOf(bertForSequenceClassification);
    await expect(classify('a', { ...model, config: { id2label: { 0: 'a' } } })).rejects.toThrow(
      'classify: config.id2label must have a name for each class of the model.',
    );
    expect((await classify('a', { ...model, config: undefined })).labels.map(({ label }) => label).sort()).toEqual([
      'LABEL_0',
      'LABEL_1',
      'LABEL_2',
      'LABEL_3',
    ]);
  });
});

describe('classifyTokens', () => {
  it('takes each token from the window that owns it, and groups over the whole document', async () => {
    const model = modelOf(bertForTokenClassification as typeof bertForSequenceClassification);
    const document = drawnText(8);
    const before = memory().numTensors;
    const { entities, windows } = await classifyTokens(document, model, { length: 34 });
    expect(memory().numTensors).toBe(before);
    const { ids, offsets } = await tokenizer.encode(document);
    const names = Object.values(config.id2label);
    const tags: string[] = [];
    for (const { tokens, own } of windows) {
      const logits = await logitsOf(model, [...ids.subarray(tokens.start, tokens.end)]);
      for (let token = own.start; token < own.end; token++) {
        const scores = [...logits.subarray((token - tokens.start + 1) * 4, (token - tokens.start + 2) * 4)];
        tags.push(names[scores.indexOf(Math.max(...scores))] as string);
      }
    }
    const wanted: { label: string; start: number; end: number }[] = [];
    tags.forEach((tag, token) => {
      const [label, start, end] = [tag.replace(/^[BI]-/, ''), offsets[2 * token] as number, offsets[2 * token + 1] as number];
      const last = wanted.at(-1);
      if (last?.label === label && !tag.startsWith('B-')) last.end = end;
      else wanted.push({ label, start, end });
    });
    expect(entities.map(({ label, start, end }) => ({ label, start, end }))).toEqual(wanted.filter(({ label }) => label !== 'O'));
    expect(entities.length).toBeGreaterThan(20);
    for (const { text, start, end } of entities) expect(text).toBe(document.slice(start, end));
  });

  it('tells what cannot be right', async () => {
    const model = modelOf(bertForSequenceClassification);
    await expect(classifyTokens('a', model)).rejects.toThrow('classifyTokens: model must have a head for the classes of tokens.');
    await expect(classifyTokens('a', model, { strategy: 'last' as never })).rejects.toThrow(
      'classifyTokens: strategy must be one of none, simple, first, average, max.',
    );
  });
});
