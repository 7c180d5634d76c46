import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { padding, readSafetensors, type SafetensorsTensor, toTensor, writeSafetensors } from '@longspan/core-tensor';
import { expectClose, withBackend } from '@longspan/tooling/expect';
import { memory, type Tensor, tensor2d } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { checkpointOf, json, smallWeights } from '../../test/checkpoint.ts';
import { modules, sentenceFolder } from '../../test/sentence-folder.ts';
import { fromPretrained } from '../pretrained/from-pretrained.ts';
import type { NamedBytes } from '../pretrained/given-files.ts';
import { pretrainedFiles, savePretrained } from '../pretrained/save-pretrained.ts';
import type { Sentence } from './sentence.ts';

const golden = fileURLToPath(new URL('../../../../tooling/golden/checkpoints/tiny-bert-sentence', import.meta.url));

beforeAll(async () => {
  vi.spyOn(console, 'warn').mockImplementation(() => undefined);
  await withBackend('cpu');
});

const dataOf = async (tensor: Tensor): Promise<readonly number[]> => Array.from(await tensor.data());
const jsonAt = async (path: string): Promise<unknown> => JSON.parse(await readFile(path, 'utf8'));

describe('a folder that sentence-transformers wrote', () => {
  it('gives its vectors, and says after how many tokens others cut', async () => {
    const { model, parameters, sentence, dispose } = await fromPretrained(golden);
    const { layer, parameters: own, ...said } = sentence as Sentence;
    expect(said).toEqual({
      pooling: { width: 16, modes: ['mean'], includePrompt: true },
      dense: [],
      normalize: true,
      maxSeqLength: 24,
      truncation: said.truncation,
      files: {
        'sentence_bert_config.json': { max_seq_length: 24, do_lower_case: false },
        'config_sentence_transformers.json': await jsonAt(`${golden}/config_sentence_transformers.json`),
      },
    });
    const { tensors } = readSafetensors(await readFile(`${golden}/expected.safetensors`));
    const stored = (name: string) => toTensor(tensors.get(name) as NonNullable<ReturnType<typeof tensors.get>>);
    const marks = padding((await stored('in.attention_mask').array()) as number[][]);
    const { hidden } = model.apply(parameters, stored('in.input_ids'), { padding: marks, tokenTypes: stored('in.token_type_ids') });
    const vectors = layer.apply(own, hidden, { padding: marks });
    expectClose(await vectors.data(), await stored('out.sentence_embedding').data(), { atol: 1e-5, rtol: 1e-5 });
    dispose();
  });

  it('is written back: its modules value for value', async () => {
    const place = await mkdtemp(join(tmpdir(), 'sentence-'));
    const first = await fromPretrained(golden);
    await savePretrained(first, place);
    for (const name of ['modules.json', '1_Pooling/config.json', 'sentence_bert_config.json', 'config_sentence_transformers.json'])
      expect(await jsonAt(join(place, name))).toEqual(await jsonAt(join(golden, name)));
    const again = await fromPretrained(place);
    const { truncation: _, ...written } = said(first.sentence); // no tokenizer is written
    expect(said(again.sentence)).toEqual(written);
    for (const each of [first, again]) each.dispose();
    await rm(place, { recursive: true });
  });
});

/** All but what cannot be compared by value. */
function said(sentence: Sentence | undefined): Partial<Sentence> {
  const { layer: _, parameters: __, ...rest } = sentence as Sentence;
  return rest;
}

/** A folder with a linear map of 8 features to 3. */
async function withDense(config: object = {}, weights: Readonly<Record<string, SafetensorsTensor>> = denseWeights): Promise<NamedBytes> {
  return sentenceFolder(
    checkpointOf(await smallWeights()),
    { max_seq_length: 12 },
    {
      'modules.json': json(modules('Transformer', 'Pooling', 'Dense', 'Normalize')),
      '2_Dense/config.json': json({
        in_features: 8,
        out_features: 3,
        bias: true,
        activation_function: 'torch.nn.modules.activation.Tanh',
        ...config,
      }),
      '2_Dense/model.safetensors': writeSafetensors({ tensors: weights }),
    },
  ); // prettier-ignore
}

const denseWeights: Readonly<Record<string, SafetensorsTensor>> = {
  'linear.weight': { dtype: 'F32', shape: [3, 8], values: Float32Array.from({ length: 24 }, (_, at) => Math.cos(at)) },
  'linear.bias': { dtype: 'F32', shape: [3], values: Float32Array.of(0.1, -0.2, 0.3) },
};

describe('a dense module', () => {
  const tokens = () =>
    tensor2d(
      [
        [1, 2, 3, 4, 5, 6, 7, 8],
        [3, 1, 4, 1, 5, 9, 2, 6],
      ],
      [2, 8],
    ).reshape([1, 2, 8]); // prettier-ignore

  it('maps the pooled vector, with its activation, before unit length', async () => {
    const before = memory().numTensors;
    const { sentence, dispose } = await fromPretrained(await withDense());
    const mean = [2, 1.5, 3.5, 2.5, 5, 7.5, 4.5, 7];
    const [weight, bias] = [denseWeights['linear.weight'], denseWeights['linear.bias']].map((each) => each?.values as Float32Array);
    const mapped = [0, 1, 2].map((out) =>
      Math.tanh(mean.reduce((sum, value, at) => sum + value * (weight?.[out * 8 + at] as number), bias?.[out] as number)),
    );
    const length = Math.hypot(...mapped);
    const { layer, parameters } = sentence as Sentence;
    const x = tokens();
    const vectors = layer.apply(parameters, x);
    expectClose(
      await vectors.data(),
      mapped.map((value) => value / length),
      { atol: 1e-6, rtol: 1e-5 },
    );
    for (const each of [x, vectors]) each.dispose();
    dispose();
    expect(memory().numTensors).toBeLessThanOrEqual(before + 1); // the list that x was a view of
  });

  it('is written in a folder of its own, and read again with the same numbers', async () => {
    const first = await fromPretrained(
      await withDense(
        { activation_function: 'torch.nn.modules.linear.Identity', bias: false },
        { 'linear.weight': denseWeights['linear.weight'] as SafetensorsTensor },
      ),
    );
    const files = await pretrainedFiles(first);
    const text = (name: string) => files.find((file) => file.name === name)?.text() ?? '';
    expect(JSON.parse(await text('modules.json'))).toEqual(modules('Transformer', 'Pooling', 'Dense', 'Normalize'));
    expect(JSON.parse(await text('2_Dense/config.json'))).toEqual({
      in_features: 8,
      out_features: 3,
      bias: false,
      activation_function: 'torch.nn.modules.linear.Identity',
    });
    const again = await fromPretrained(files);
    expect(said(again.sentence)).toEqual(said(first.sentence));
    const [a, b] = [first, again].map(({ sentence }) => sentence?.parameters['dense.0.weight'] as Tensor);
    expect(await dataOf(b as Tensor)).toEqual(await dataOf(a as Tensor));
    for (const each of [first, again]) each.dispose();
  });

  it('is kept in int8 as the linear maps of the model are', async () => {
    const { sentence, dispose } = await fromPretrained(await withDense(), { precision: 'int8' });
    const { layer, parameters } = sentence as Sentence;
    expect(parameters['dense.0.weight']?.dtype).toBe('int32');
    const plain = (await fromPretrained(await withDense())).sentence as Sentence;
    const [packed, float] = [layer.apply(parameters, tokens()), plain.layer.apply(plain.parameters, tokens())];
    expectClose(await packed.data(), await float.data(), { atol: 0.02, rtol: 0 });
    dispose();
  });
});

describe('other layouts', () => {
  it('of version 6 are read: other types, the pooling by name, the length from the tokenizer', async () => {
    const types = ['base.modules.transformer.Transformer', 'sentence_transformer.modules.pooling.Pooling'];
    const source = sentenceFolder(
      checkpointOf(await smallWeights()),
      {},
      {
        'modules.json': json(
          types.map((type, idx) => ({ idx, name: `${idx}`, path: idx === 0 ? '' : '1_Pooling', type: `sentence_transformers.${type}` })),
        ),
        '1_Pooling/config.json': json({ embedding_dimension: 8, pooling_mode: ['max', 'cls'], include_prompt: false }),
        'tokenizer_config.json': json({ model_max_length: 14 }),
        'tokenizer.json': json({
          version: '1.0',
          truncation: { direction: 'Right', max_length: 9, strategy: 'LongestFirst', stride: 0 },
          padding: null,
        }),
      },
    ); // prettier-ignore
    const first = await fromPretrained(source);
    expect(said(first.sentence)).toMatchObject({
      pooling: { width: 8, modes: ['max', 'cls'], includePrompt: false },
      ...{ normalize: false, maxSeqLength: 14, truncation: 9 },
    });
    const files = await pretrainedFiles(first);
    const pooling = files.find(({ name }) => name === '1_Pooling/config.json');
    expect(JSON.parse((await pooling?.text()) ?? '')).toMatchObject({ pooling_mode: ['max', 'cls'] }); // an order that flags cannot say
    first.dispose();
  });

  it('of the first versions are read: the encoder in a folder of its own', async () => {
    const { 'config.json': config, 'model.safetensors': weights } = checkpointOf(await smallWeights()) as Readonly<
      Record<string, Uint8Array>
    >;
    const [encoder, ...rest] = modules('Transformer', 'Pooling');
    const { sentence, parameters, dispose } = await fromPretrained({
      'modules.json': json([{ ...encoder, path: '0_Transformer' }, ...rest]),
      '1_Pooling/config.json': json({ pooling_mode_cls_token: true, pooling_mode_mean_tokens: false }),
      '0_Transformer/config.json': config as Uint8Array,
      '0_Transformer/model.safetensors': weights as Uint8Array,
      '0_Transformer/sentence_roberta_config.json': json({ max_seq_length: 11 }),
    });
    expect(said(sentence)).toMatchObject({ pooling: { modes: ['cls'] }, normalize: false, maxSeqLength: 11 });
    expect(Object.keys(parameters).length).toBeGreaterThan(10);
    dispose();
  });

  it('are not guessed from a page that a server sends for a name it does not have', async () => {
    const page = { ...checkpointOf(await smallWeights()), 'modules.json': new TextEncoder().encode('<!doctype html><title>app</title>') };
    const { sentence, dispose } = await fromPretrained(page);
    expect(sentence).toBeUndefined();
    dispose();
  });

  it('cut nothing: a text longer than max_seq_length is read whole', async () => {
    const { model, parameters, sentence, dispose } = await fromPretrained(
      sentenceFolder(checkpointOf(await smallWeights()), { max_seq_length: 4 }),
    );
    const ids = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
    const vector = async (of: readonly number[]) => {
      const { hidden } = model.apply(parameters, tensor2d([[...of]], [1, of.length], 'int32'));
      const { layer, parameters: own } = sentence as Sentence;
      const mean = await hidden.mean(1).data();
      expectClose(
        await layer.apply(own, hidden).data(),
        mean.map((value) => value / Math.hypot(...mean)),
        { atol: 1e-6, rtol: 1e-5 },
      );
      return hidden.shape[1];
    };
    expect(await vector(ids)).toBe(10);
    dispose();
  });
});

describe('what cannot be done', () => {
  const other = async (more: NamedBytes) => sentenceFolder(checkpointOf(await smallWeights()), { max_seq_length: 12 }, more);
  const moved = (path: string) => json(modules('Transformer', 'Pooling').map((each, at) => (at === 1 ? { ...each, path } : each)));

  it.each([
    [
      'a module that is not known',
      async () => other({ 'modules.json': json([...modules('Transformer', 'Pooling'), { type: 'custom_st.Rotate', path: '2_Rotate' }]) }),
      'every module must be one that is known.\n  expected  Transformer, Pooling, Dense, Normalize of sentence_transformers\n  got       "custom_st.Rotate" in modules.json',
    ],
    [
      'one of sentence-transformers that is not known',
      async () => other({ 'modules.json': json(modules('Transformer', 'Pooling', 'LSTM')) }),
      'got       "sentence_transformers.models.LSTM" in modules.json',
    ],
    [
      'another order',
      async () => other({ 'modules.json': json(modules('Transformer', 'Pooling', 'Normalize', 'Dense')) }),
      'got       Transformer, Pooling, Normalize, Dense',
    ],
    [
      'a path out of the folder',
      async () => other({ 'modules.json': moved('../1_Pooling') }),
      'the path of a module must be a folder of the checkpoint.',
    ],
    ['no list', async () => other({ 'modules.json': json({}) }), 'modules.json must be a list in JSON.'],
    ['a module without its config', async () => other({ 'modules.json': moved('3_Pooling') }), 'expected  3_Pooling/config.json'],
    [
      'a pooling of another width',
      async () => other({ '1_Pooling/config.json': json({ word_embedding_dimension: 9, pooling_mode_mean_tokens: true }) }),
      'the pooling must have the features of the encoder.',
    ],
    [
      'a length that is none',
      async () => other({ 'sentence_bert_config.json': json({ max_seq_length: 0 }) }),
      'max_seq_length must be an integer of at least 1',
    ],
    ['a linear map of another width', () => withDense({ in_features: 9 }), 'a dense module must take what the module before it gives.'],
    [
      'an activation that is not known',
      () => withDense({ activation_function: 'torch.nn.modules.activation.Hardswish' }),
      'the activation of a dense module must be one that is known.',
    ],
    ['a linear map of tokens', () => withDense({ module_input_name: 'token_embeddings' }), 'a dense module must map the vector of a text.'],
    [
      'weights of another shape',
      () => withDense({ out_features: 4 }),
      'the checkpoint must hold every weight of a dense module in its shape.',
    ],
  ])('%s is named, and leaves no tensor', async (_, source, message) => {
    const files = await source();
    const before = memory().numTensors;
    await expect(fromPretrained(files)).rejects.toThrow(message);
    expect(memory().numTensors).toBe(before);
  });

  it('is left with { sentence: false }: the encoder alone', async () => {
    const source = await other({
      'modules.json': json([...modules('Transformer', 'Pooling'), { type: 'custom_st.Rotate', path: '2_Rotate' }]),
    });
    const { sentence, dispose } = await fromPretrained(source, { sentence: false });
    expect(sentence).toBeUndefined();
    dispose();
  });
});
