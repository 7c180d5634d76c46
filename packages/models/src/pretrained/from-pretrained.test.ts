import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { createKey, padding, readSafetensors, toTensor, writeSafetensors } from '@longspan/core-tensor';
import { expectClose, withBackend } from '@longspan/tooling/expect';
import { memory, type Tensor, tensor2d } from '@tensorflow/tfjs-core';
import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { checkpointOf, json, smallConfig, smallWeights } from '../../test/checkpoint.ts';
import { bert } from '../family/bert/index.ts';
import { routingTransformer, routingTransformerForLanguageModel } from '../family/routing-transformer/index.ts';
import type { Family } from './family.ts';
import { type FromPretrainedOptions, fromPretrained } from './from-pretrained.ts';
import type { NamedBytes } from './given-files.ts';
import { pretrainedFiles } from './save-pretrained.ts';

const golden = (name: string): string => fileURLToPath(new URL(`../../../../tooling/golden/checkpoints/${name}`, import.meta.url));
const sentence = golden('tiny-bert-sentence');

const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
beforeAll(() => withBackend('cpu'));
beforeEach(() => void warn.mockClear());

const dataOf = async (source: Tensor | undefined): Promise<readonly number[]> => Array.from((await source?.data()) ?? []);

describe('a folder that sentence-transformers wrote', () => {
  it('gives the numbers of transformers', async () => {
    const { model, parameters, head, family, report, dispose } = await fromPretrained(sentence);
    const { tensors } = readSafetensors(await readFile(`${sentence}/expected.safetensors`));
    const stored = (name: string) => toTensor(tensors.get(name) as NonNullable<ReturnType<typeof tensors.get>>);
    const rows = (await stored('in.attention_mask').array()) as number[][];
    const found = model.apply(parameters, stored('in.input_ids'), { padding: padding(rows), tokenTypes: stored('in.token_type_ids') });
    const expected = await stored('out.base.last_hidden_state').data();
    expectClose(await found.hidden.data(), expected, { atol: 2e-5, rtol: 2e-5 });
    expect({ head, family: family.modelType }).toEqual({ head: 'model', family: 'bert' });
    expect(report).toEqual({
      missing: [],
      unexpected: [],
      misshapen: [],
      drawn: [],
      files: [{ name: 'model.safetensors', bytes: 45176 }],
      bytes: 41216,
      precision: 'float32',
    });
    expect(warn).not.toHaveBeenCalled();
    dispose();
  });

  it('is not touched: every weight is the file bit for bit', async () => {
    const { parameters, dispose } = await fromPretrained(sentence);
    const { tensors } = readSafetensors(await readFile(`${sentence}/model.safetensors`));
    for (const [name, entry] of tensors) expect(await dataOf(parameters[name])).toEqual(Array.from(entry.values(), Number));
    dispose();
  });
});

describe('the types', () => {
  it('follow from family and head', async () => {
    const source = checkpointOf(await smallWeights());
    const { model, parameters, dispose } = await fromPretrained(source, { family: bert, head: 'questionAnswering', key: createKey(1) });
    const { startLogits } = model.apply(parameters, tensor2d([[1, 2, 3]], [1, 3], 'int32'));
    expect(startLogits.shape).toEqual([1, 3]);
    dispose();
  });

  it('know the heads of a family that is given, and leave them open where it is not', async () => {
    const source = checkpointOf(await smallWeights());
    // @ts-expect-error -- bert has no such head
    await expect(fromPretrained(source, { family: bert, head: 'sequenceClassificaton' })).rejects.toThrow('did you mean');
    const options: FromPretrainedOptions = { family: bert as unknown as Family, head: 'model' };
    (await fromPretrained(source, options)).dispose();
    const found = await fromPretrained(source, { family: bert });
    expect(found.config.hiddenSize).toBe(8);
    found.dispose();
  });
});

describe('options of the model', () => {
  it('are given to families that have them, and refused by the others', async () => {
    const config = routingTransformer.config({ numTokens: 9, dim: 4, depth: 1, heads: 2, maxSeqLen: 4, windowSize: 2, causal: true });
    const saved = { family: routingTransformer, head: 'languageModel', config } as const;
    const files = await pretrainedFiles({ ...saved, parameters: routingTransformerForLanguageModel(config).init(createKey(1)) });
    const wrapped: string[] = [];
    const wrapLayer = <L extends { readonly name: string }>(layer: L): L => {
      wrapped.push(layer.name);
      return layer;
    };
    const { dispose } = await fromPretrained(files, { family: routingTransformer, head: 'languageModel', wrapLayer });
    expect(wrapped).toEqual(['routingBranch', 'routingFeedForward']);
    dispose();
    const named = Object.fromEntries(files.map((file) => [file.name, file]));
    (await fromPretrained({ ...named, 'config.json': json({ ...config, model_type: 'routing-transformer' }) })).dispose(); // its one head
    await expect(fromPretrained(files, { family: routingTransformer, blockSize: 8 })).rejects.toThrow(
      'fromPretrained: every option must be one of those that',
    );
  });
});

describe('several files', () => {
  const split = async (): Promise<NamedBytes> => {
    const entries = Object.entries(await smallWeights());
    const [first, second] = [entries.filter((_, at) => at % 2 === 0), entries.filter((_, at) => at % 2 === 1)];
    const map = (part: typeof first, file: string) => Object.fromEntries(part.map(([name]) => [name, file]));
    return {
      'config.json': json(smallConfig),
      'model-1.safetensors': writeSafetensors({ tensors: Object.fromEntries(first) }),
      'model-2.safetensors': writeSafetensors({ tensors: Object.fromEntries(second) }),
      'model.safetensors.index.json': json({
        metadata: {},
        weight_map: { ...map(first, 'model-1.safetensors'), ...map(second, 'model-2.safetensors') },
      }),
    };
  };

  it('are one checkpoint', async () => {
    const [one, all] = [await fromPretrained(checkpointOf(await smallWeights())), await fromPretrained(await split())];
    for (const name of Object.keys(one.parameters)) expect(await dataOf(all.parameters[name])).toEqual(await dataOf(one.parameters[name]));
    expect(all.report.files.map(({ name }) => name)).toEqual(['model-1.safetensors', 'model-2.safetensors']);
    for (const each of [one, all]) each.dispose();
  });

  it('of which one is missing are an error that names it', async () => {
    const { 'model-2.safetensors': _, ...rest } = await split();
    await expect(fromPretrained(rest)).rejects.toThrow('the checkpoint must have model-2.safetensors.');
  });
});

describe('a wrong place or config', () => {
  const cases: readonly (readonly [what: string, source: NamedBytes | string, options: object, message: string])[] = [
    ['no folder', '/nowhere/at/all', {}, 'source must be a folder that is there, or the id of a repository.'],
    ['no config', { 'model.safetensors': new Uint8Array(8) }, {}, 'the checkpoint must have config.json.'],
    ['no weights', { 'config.json': json(smallConfig), 'pytorch_model.bin': new Uint8Array(8) }, {}, 'convert pytorch_model.bin in Python'],
    ['a web page', { 'config.json': new TextEncoder().encode('<!doctype html>') }, {}, 'config.json must be a record in JSON.'],
    ['a list', { 'config.json': json([1]) }, {}, 'config.json must be a record in JSON.'],
    ['bytes that are no text', { 'config.json': Uint8Array.of(0xff, 0xfe) }, {}, 'config.json must be a record in JSON.'],
    ['no file', { 'config.json': new Uint8Array() }, {}, 'config.json must be a record in JSON.'],
    ['an unknown family', { 'config.json': json({ model_type: 'brt' }) }, {}, 'did you mean bert?'],
    ['no family', { 'config.json': json({}) }, {}, 'model_type of config.json must be a family that is known.'],
    ['another family', { 'config.json': json({ model_type: 'gpt2' }) }, { family: bert }, 'family must be that of the checkpoint.'],
    ['an unknown head', { 'config.json': json(smallConfig) }, { head: 'cls' }, 'head must be one of those of bert.'],
    ['a misspelt head', { 'config.json': json(smallConfig) }, { head: 'sequenceClassificaton' }, 'did you mean sequenceClassification?'],
    ['an unknown change', { 'config.json': json(smallConfig) }, { config: { numLabel: 5 } }, 'did you mean numLabels?'],
    ['the same in snake_case', { 'config.json': json(smallConfig) }, { config: { hidden_sizes: 8 } }, 'did you mean hidden_size?'],
    ['an unknown architecture', { 'config.json': json({ ...smallConfig, architectures: ['BertForX'] }) }, {}, 'head must be given, for'],
    ['a wrong config', { 'config.json': json({ ...smallConfig, hidden_size: -1 }) }, {}, 'fromPretrained: hiddenSize must be at least 1.'],
    [
      'quantised weights',
      { 'config.json': json({ ...smallConfig, quantization_config: { quant_method: 'gptq' } }) },
      {},
      'got       "gptq"',
    ],
    ['a misspelt option', checkpointOf({}), { dtpye: 'fp16' }, 'did you mean dtype?'],
    ['an unknown precision', checkpointOf({}), { precision: 'q4' }, "precision must be 'float32', 'float16', 'int8'."],
    ['no source', undefined as never, {}, 'source must be given.'],
    ['a number', 7 as never, {}, 'source must say where the checkpoint lies.'],
  ];

  it.each(cases)('%s is an error that says so', async (_, source, options, message) => {
    const before = memory().numTensors;
    await expect(fromPretrained(source, options)).rejects.toThrow(message);
    expect(memory().numTensors).toBe(before);
  });
});
