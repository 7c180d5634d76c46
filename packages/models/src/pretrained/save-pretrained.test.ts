import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createKey, packParameters, readSafetensors } from '@longspan/core-tensor';
import { ConfigError, FileError } from '@longspan/core-tensor/error';
import { leaked, withBackend } from '@longspan/tooling/expect';
import { memory, type Tensor, tensor1d } from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { checkpointOf, smallConfig, smallWeights } from '../../test/checkpoint.ts';
import { bert, bertForSequenceClassification, bertModel } from '../family/bert/index.ts';
import { toLong } from '../to-long/index.ts';
import { fromPretrained } from './from-pretrained.ts';
import { pretrainedFiles, savePretrained } from './save-pretrained.ts';

const sentence = fileURLToPath(new URL('../../../../tooling/golden/checkpoints/tiny-bert-sentence', import.meta.url));
let folder: string;

beforeAll(async () => {
  vi.spyOn(console, 'warn').mockImplementation(() => undefined);
  await withBackend('cpu');
  folder = await mkdtemp(join(tmpdir(), 'save-'));
});
afterAll(() => rm(folder, { recursive: true }));

const dataOf = async (tensor: Tensor | undefined): Promise<readonly number[]> => Array.from((await tensor?.data()) ?? []);
const configOf = async (place: string): Promise<Readonly<Record<string, unknown>>> =>
  JSON.parse(await readFile(join(place, 'config.json'), 'utf8'));
const drawn = () => {
  const config = bert.config({ ...smallConfig, architectures: undefined, numLabels: 3 });
  return {
    family: bert,
    head: 'sequenceClassification',
    config,
    parameters: bertForSequenceClassification(config).init(createKey(2)),
  } as const;
};

describe('a folder that transformers wrote', () => {
  it('is written back: the weights byte for byte, the config value for value', async () => {
    const place = join(folder, 'back', 'again'); // neither is there
    const model = await fromPretrained(sentence);
    const saved = await savePretrained(model, place);
    expect(saved).toEqual({
      files: [
        { name: 'model.safetensors', bytes: 45176 },
        { name: 'config_sentence_transformers.json', bytes: 292 },
        { name: 'sentence_bert_config.json', bytes: 53 },
        { name: '1_Pooling/config.json', bytes: 296 },
        { name: 'modules.json', bytes: 350 },
        { name: 'config.json', bytes: (await readFile(join(place, 'config.json'))).length },
      ],
      precision: 'float32',
      unpacked: [],
    });
    expect((await readFile(join(place, 'model.safetensors'))).equals(await readFile(join(sentence, 'model.safetensors')))).toBe(true);
    expect(await configOf(place)).toEqual(await configOf(sentence));
    expect((await readdir(place)).sort()).toEqual([
      ...['1_Pooling', 'config.json', 'config_sentence_transformers.json', 'model.safetensors', 'modules.json'],
      'sentence_bert_config.json',
    ]);
    const again = await fromPretrained(place);
    expect(again.config).toEqual(model.config);
    for (const [name, tensor] of Object.entries(model.parameters))
      expect(await dataOf(again.parameters[name])).toEqual(await dataOf(tensor));
    for (const each of [model, again]) each.dispose();
  });
});

describe('a config', () => {
  it('keeps what nobody here knows, and has what was changed under the names of its file', async () => {
    const config = {
      ...smallConfig,
      my_own: { deep_key: [1, null] },
      hidden_dropout_prob: null,
      torch_dtype: 'float16',
      id2label: { 0: 'a', 1: 'b' },
    };
    const options = { family: bert, head: 'sequenceClassification', config: { numLabels: 3, layer_norm_eps: 1e-6 } } as const;
    const model = await fromPretrained(checkpointOf(await smallWeights(), config), options);
    const place = join(folder, 'changed');
    await savePretrained(model, place);
    const { torch_dtype: _, id2label: __, ...rest } = config;
    const expected = { ...rest, architectures: ['BertForSequenceClassification'], dtype: 'float32', num_labels: 3, layer_norm_eps: 1e-6 };
    expect(await configOf(place)).toEqual(expected);
    model.dispose();
  });

  it('of a model that was made here has the names of Hugging Face', async () => {
    const place = join(folder, 'made');
    const model = drawn();
    await savePretrained(model, place);
    expect(await configOf(place)).toMatchObject({
      model_type: 'bert',
      architectures: ['BertForSequenceClassification'],
      hidden_size: 8,
      num_labels: 3,
      hidden_dropout_prob: 0.1,
      layer_norm_eps: 1e-12,
    });
    const again = await fromPretrained(place, { family: bert });
    expect(again.head).toBe('sequenceClassification');
    expect(again.report.drawn).toEqual([]);
    for (const [name, tensor] of Object.entries(model.parameters))
      expect(await dataOf(again.parameters[name])).toEqual(await dataOf(tensor));
    again.dispose();
  });
});

describe('what toLong gives', () => {
  it('is saved as it is: keys that nobody here reads stand beside the others, and label2id is made of id2label', async () => {
    const place = join(folder, 'long');
    const weights = await smallWeights();
    const config = { ...smallConfig, id2label: { 0: 'no', 1: 'yes' }, sep_token_id: 3, my_own: { deep_key: 1 } };
    const short = await fromPretrained(checkpointOf(weights, config), { family: bert, head: 'sequenceClassification' });
    const long = toLong(short, { maxPositions: 40, attentionWindow: 4 });
    await savePretrained(long, place);
    const saved = await configOf(place);
    expect(saved).toMatchObject({
      model_type: 'longformer',
      architectures: ['LongformerForSequenceClassification'],
      attention_window: [4],
      id2label: { 0: 'no', 1: 'yes' },
      label2id: { no: 0, yes: 1 },
      my_own: { deep_key: 1 },
    });
    expect(saved).not.toHaveProperty('unread');
    const again = await fromPretrained(place);
    expect(again.config).toMatchObject({ ...long.config, unread: { my_own: { deep_key: 1 } } });
    await savePretrained(again, join(place, 'again'));
    expect(await configOf(join(place, 'again'))).toEqual(saved);
    for (const each of [short, long, again]) each.dispose();
  });

  it('other names of labels have other numbers', async () => {
    const config = { ...smallConfig, id2label: { 0: 'no', 1: 'yes' }, label2id: { no: 0, yes: 1 } };
    const options = { family: bert, head: 'sequenceClassification', config: { id2label: { 0: 'cat', 1: 'dog' } } } as const;
    const model = await fromPretrained(checkpointOf(await smallWeights(), config), options);
    const [, file] = await pretrainedFiles(model);
    expect(JSON.parse((await file?.text()) ?? '')).toMatchObject({ id2label: { 0: 'cat', 1: 'dog' }, label2id: { cat: 0, dog: 1 } });
    model.dispose();
  });
});

describe('packed weights', () => {
  it.each(['float16', 'int8'] as const)(
    'of %s are written as numbers, said so, and are the same when they are packed again',
    async (kind) => {
      const plain = drawn();
      const parameters = await packParameters(bertForSequenceClassification(plain.config), plain.parameters, kind);
      const place = join(folder, kind);
      const { unpacked } = await savePretrained({ ...plain, parameters }, place);
      expect(unpacked.length).toBe(8);
      const { tensors } = readSafetensors(await readFile(join(place, 'model.safetensors')));
      expect(new Set([...tensors.values()].map(({ dtype }) => dtype))).toEqual(new Set(['F32']));
      const again = await fromPretrained(place, { precision: kind });
      const names = Object.keys(parameters).filter((name) => !name.endsWith('_scale'));
      for (const name of names) expect(await dataOf(again.parameters[name])).toEqual(await dataOf(parameters[name]));
      again.dispose();
    },
  );

  it('of float16 written as float16 are exact', async () => {
    const plain = drawn();
    const parameters = await packParameters(bertForSequenceClassification(plain.config), plain.parameters, 'float16');
    const files = await pretrainedFiles({ ...plain, parameters }, { precision: 'float16' });
    const again = await fromPretrained(files, { precision: 'float16' });
    const name = 'bert.encoder.layer.0.output.dense.weight';
    expect(again.json['dtype']).toBe('float16');
    expect(await dataOf(again.parameters[name])).toEqual(await dataOf(parameters[name]));
    again.dispose();
  });
});

describe('files in memory', () => {
  it('are read again', async () => {
    const model = drawn();
    const files = await pretrainedFiles(model);
    expect(files.map(({ name }) => name)).toEqual(['model.safetensors', 'config.json']);
    const again = await fromPretrained(files);
    for (const [name, tensor] of Object.entries(model.parameters))
      expect(await dataOf(again.parameters[name])).toEqual(await dataOf(tensor));
    again.dispose();
  });
});

describe('a write that fails', () => {
  it('leaves the old files, nothing aside and no tensor', async () => {
    const place = join(folder, 'failing');
    const model = drawn();
    await savePretrained(model, place);
    const before = await readFile(join(place, 'model.safetensors'));
    const huge = { ...model, parameters: { ...model.parameters, 'classifier.bias': tensor1d([1, 1e5, 2]) } };
    await expect(savePretrained(huge, place, { precision: 'float16' })).rejects.toThrow(
      new ConfigError({
        caller: 'savePretrained',
        problem: 'every number must be one that float16 has.',
        expected: 'numbers below 65,520',
        got: '100000 in classifier.bias, at 1',
        remedy: "write { precision: 'float32' }.",
      }),
    );
    await expect(savePretrained(model, place, { signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow('enough');
    expect((await readFile(join(place, 'model.safetensors'))).equals(before)).toBe(true);
    expect((await readdir(place)).sort()).toEqual(['config.json', 'model.safetensors']);
  });

  it('because of its place says what is wrong with that', async () => {
    const model = drawn();
    const file = join(folder, 'a file');
    await writeFile(file, 'mine');
    const count = memory().numTensors;
    for (const [place, call] of [
      [file, 'open'],
      [join(file, 'below'), 'mkdir'],
    ] as const) {
      const error: unknown = await savePretrained(model, place).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(FileError);
      expect((error as FileError).message.replace(/'[^']*[.]part'/, 'its file aside')).toBe(
        'savePretrained: the files of a model must go into a folder.\n' +
          `  expected  a folder at ${place}, or nothing there, so that one can be made\n` +
          `  got       ENOTDIR: not a directory, ${call} ${call === 'open' ? 'its file aside' : `'${place}'`}\n` +
          '  remedy    give the path of a folder: a file stands at this one, or where a folder above it should be.',
      );
    }
    expect(await readFile(file, 'utf8')).toBe('mine');
    await expect(savePretrained(model, '/proc/none')).rejects.toThrow('savePretrained: the folder must be one that can be written into.');
    const write = (code: string) => async () => Promise.reject(Object.assign(new Error(`${code}: no luck, write`), { code }));
    const refused = (code: string) => savePretrained(model, { where: 'some place', write: write(code) });
    const { files } = await savePretrained(model, { where: 'nowhere', write: async () => undefined });
    const size = files.reduce((sum, { bytes }) => sum + bytes, 0);
    await expect(refused('ENOSPC')).rejects.toThrow(
      'savePretrained: there must be room for the files of the model.\n' +
        `  expected  ${size} bytes free for some place\n` +
        '  got       ENOSPC: no luck, write\n',
    );
    await expect(refused('EACCES')).rejects.toThrow('expected  the right to make files in some place');
    await expect(refused('own')).rejects.toThrow(/^own: no luck, write$/); // a sink's own failure stays what it is
    expect(memory().numTensors).toBe(count);
  });

  it('in the middle of packed weights leaks nothing', async () => {
    const plain = drawn();
    const parameters = await packParameters(bertModel(plain.config), bertModel(plain.config).init(createKey(1)), 'int8');
    const sink = {
      where: 'nowhere',
      write: async ([file]: readonly { readonly chunks: AsyncIterable<Uint8Array> }[]) => {
        let count = 0;
        for await (const _ of file?.chunks ?? []) if (count++ === 6) throw new Error('full');
      },
    };
    const run = async () => {
      await savePretrained({ ...plain, head: 'model', parameters }, sink);
      return [];
    };
    expect(await leaked(run)).toEqual({ tensors: 0, buffers: 0 });
  });
});

describe('wrong parameters', () => {
  it('are an error that names them', async () => {
    const model = drawn();
    const { 'classifier.bias': _, ...rest } = model.parameters;
    const parameters = { ...rest, 'classifier.weight': tensor1d([1]), 'lora.a': tensor1d([1]) };
    await expect(pretrainedFiles({ ...model, parameters })).rejects.toThrow(
      'got       missing: classifier.bias; of another shape: classifier.weight; unknown: lora.a',
    );
    await expect(pretrainedFiles({ ...model, head: 'nobody' as 'model' })).rejects.toThrow('head must be one of those of the family.');
    await expect(savePretrained(model, 7 as never)).rejects.toThrow('to must say where the files go.');
    await expect(pretrainedFiles(model, { precision: 'int8' as never })).rejects.toThrow("precision must be 'float32' or 'float16'.");
  });
});

it('a folder whose files change while they are read is an error', async () => {
  const place = join(folder, 'changing');
  await savePretrained(drawn(), place);
  const bytes = await readFile(join(place, 'model.safetensors'));
  const progress = ({ status, ...rest }: { readonly status: string; readonly file?: string }) => {
    if (status === 'download' && rest.file === 'model.safetensors')
      writing = writeFile(join(place, 'model.safetensors'), bytes.subarray(8));
  };
  let writing: Promise<void> | undefined;
  await expect(fromPretrained(place, { progress })).rejects.toThrow('a file must stay as it is while it is read.');
  await writing;
});
