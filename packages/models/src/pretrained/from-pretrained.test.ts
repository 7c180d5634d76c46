import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import {
  createKey,
  padding,
  readSafetensors,
  type SafetensorsTensor,
  toTensor,
  unpackWeight,
  writeSafetensors,
} from '@longspan/core-tensor';
import { ConfigError, FileError } from '@longspan/core-tensor/error';
import { expectClose, leaked, withBackend } from '@longspan/tooling/expect';
import { memory, type Tensor, tensor2d } from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { checkpointOf, json, renamed, smallConfig, smallWeights } from '../../test/checkpoint.ts';
import { bert } from '../family/bert/index.ts';
import { routingTransformer, routingTransformerForLanguageModel } from '../family/routing-transformer/index.ts';
import type { Family } from './family.ts';
import { type FromPretrainedOptions, fromPretrained } from './from-pretrained.ts';
import type { NamedBytes } from './given-files.ts';
import type { PretrainedProgress } from './progress.ts';
import { pretrainedFiles } from './save-pretrained.ts';

const golden = (name: string): string => fileURLToPath(new URL(`../../../../tooling/golden/checkpoints/${name}`, import.meta.url));
const sentence = golden('tiny-bert-sentence');

const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
const said = (): string => warn.mock.calls.map(([text]) => String(text)).join('\n');

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
    await expect(fromPretrained(files, { family: routingTransformer, blockSize: 8 })).rejects.toThrow(
      'fromPretrained: every option must be one of those that',
    );
  });
});

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

describe('precision', () => {
  it.each([
    ['float16', 'fp16'],
    ['int8', 'q8'],
  ] as const)('%s packs the weights of linear maps alone, and dtype %s is another word for it', async (precision, dtype) => {
    const source = checkpointOf(await smallWeights());
    const [plain, packed, same] = [
      await fromPretrained(source),
      await fromPretrained(source, { precision }),
      await fromPretrained(source, { dtype }),
    ];
    const packable = Object.entries(plain.model.spec).flatMap(([name, each]) => (each.packable ? [name] : []));
    expect(packable.length).toBe(7);
    for (const [name, tensor] of Object.entries(packed.parameters)) {
      expect(tensor.dtype).toBe(packable.includes(name) ? 'int32' : 'float32');
      expect(await dataOf(same.parameters[name])).toEqual(await dataOf(tensor));
    }
    expect(packed.report.bytes).toBeLessThan(plain.report.bytes);
    const ids = tensor2d([[1, 2, 3, 4]], [1, 4], 'int32');
    const [exact, near] = [plain, packed].map(({ model, parameters }) => model.apply(parameters, ids).hidden) as [Tensor, Tensor];
    expectClose(await near.data(), await exact.data(), {
      atol: precision === 'int8' ? 0.02 : 1e-3,
      rtol: 0,
    });
    for (const each of [plain, packed, same]) each.dispose();
  });

  it('float16 of a file in F16 is the same bits', async () => {
    const tensors = await smallWeights('F16');
    const [plain, packed] = [
      await fromPretrained(checkpointOf(tensors)),
      await fromPretrained(checkpointOf(tensors), { precision: 'float16' }),
    ];
    const name = 'encoder.layer.0.intermediate.dense.weight';
    const wide = await unpackWeight({
      kind: 'float16',
      numbers: packed.parameters[name] as NonNullable<(typeof packed.parameters)[string]>,
      shape: [12, 8],
    });
    expect(await dataOf(wide)).toEqual(await dataOf(plain.parameters[name]));
    wide.dispose();
    for (const each of [plain, packed]) each.dispose();
  });

  it.each(['BF16', 'F64'] as const)('float32 takes %s', async (dtype) => {
    const { parameters, dispose } = await fromPretrained(checkpointOf(await smallWeights(dtype)));
    expect(parameters['embeddings.LayerNorm.weight']?.dtype).toBe('float32');
    dispose();
  });

  it('and dtype must not contradict each other', async () => {
    await expect(fromPretrained({}, { precision: 'int8', dtype: 'fp16' })).rejects.toThrow(
      new ConfigError({
        caller: 'fromPretrained',
        problem: 'dtype must mean the same as precision.',
        expected: "dtype: 'q8'  (set by precision: 'int8')",
        got: "dtype: 'fp16'",
        remedy: 'give one of the two.',
      }),
    );
  });
});

describe('progress', () => {
  it('tells of each file and of all, with the words of transformers.js', async () => {
    const events: PretrainedProgress[] = [];
    const { dispose } = await fromPretrained(sentence, { progress: (event) => void events.push(event) });
    dispose();
    const ofWeights = events.filter((event) => 'file' in event && event.file === 'model.safetensors');
    expect(ofWeights.slice(0, 2)).toEqual([
      { status: 'initiate', name: sentence, file: 'model.safetensors' },
      { status: 'download', name: sentence, file: 'model.safetensors' },
    ]);
    expect(ofWeights.at(-2)).toEqual({
      status: 'progress',
      name: sentence,
      file: 'model.safetensors',
      progress: 100,
      loaded: 45176,
      total: 45176,
    });
    expect(ofWeights.at(-1)).toEqual({ status: 'done', name: sentence, file: 'model.safetensors' });
    expect(events.at(-1)).toEqual({ status: 'ready', name: sentence });
    const totals = events.filter((event) => event.status === 'progress_total');
    expect(totals.at(-1)).toMatchObject({ progress: 100, loaded: 45745, total: 45745 });
    const loaded = ofWeights.flatMap((event) => (event.status === 'progress' ? [event.loaded] : []));
    expect(loaded).toEqual([...loaded].sort((a, b) => a - b));
  });
});

describe('an end before the end', () => {
  it('by the signal leaves no tensor, wherever it comes', async () => {
    const source = checkpointOf(await smallWeights());
    const bytes = source['model.safetensors'] as Uint8Array;
    for (let last = 0; last < 24; last++) {
      const stop = new AbortController();
      let reads = 0;
      const slow = {
        size: bytes.length,
        read: async (begin: number, end: number) => {
          if (reads++ === last) stop.abort(new Error('enough'));
          return bytes.subarray(begin, end);
        },
      };
      const before = memory().numTensors;
      await expect(fromPretrained({ ...source, 'model.safetensors': slow }, { precision: 'int8', signal: stop.signal })).rejects.toThrow(
        'enough',
      );
      expect(memory().numTensors).toBe(before);
    }
  });

  it('by a signal that is aborted, reads nothing', async () => {
    await expect(fromPretrained(sentence, { signal: AbortSignal.abort(new Error('never')) })).rejects.toThrow('never');
  });

  it('is prompt, although a read never ends', async () => {
    const stop = new AbortController();
    const source = {
      ...checkpointOf(await smallWeights()),
      'model.safetensors': { size: 1e6, read: () => new Promise<Uint8Array>(() => {}) },
    };
    const reading = fromPretrained(source, { signal: stop.signal });
    setTimeout(() => stop.abort(new Error('enough')), 5);
    await expect(reading).rejects.toThrow('enough');
  });

  it('by damaged bytes, a read that throws or a listener that throws leaves no tensor', async () => {
    const source = checkpointOf(await smallWeights());
    const bytes = source['model.safetensors'] as Uint8Array;
    let reads = 0;
    const failing = {
      size: bytes.length,
      read: async (begin: number, end: number) => {
        if (reads++ > 8) throw new Error('disk');
        return bytes.subarray(begin, end);
      },
    };
    const broken = async () => (await fromPretrained({ ...source, 'model.safetensors': failing })).parameters;
    expect(await leaked(broken)).toEqual({ tensors: 0, buffers: 0 });
    const progress = (event: PretrainedProgress) => {
      if (event.status === 'ready') throw new Error('listener');
    };
    expect(await leaked(async () => (await fromPretrained(source, { progress })).parameters)).toEqual({ tensors: 0, buffers: 0 });
  });
});

describe('weights that do not fit', () => {
  it('in the head are drawn and told, in the body an error that names both shapes', async () => {
    const tensors = renamed(await smallWeights(), (name) => `bert.${name}`);
    const classifier = (shape: readonly number[]): SafetensorsTensor => ({
      dtype: 'F32',
      shape,
      values: new Float32Array(shape.reduce((a, b) => a * b, 1)),
    });
    const source = checkpointOf({ ...tensors, 'classifier.weight': classifier([5, 8]), 'classifier.bias': classifier([5]) });
    const { report, dispose } = await fromPretrained(source, { head: 'sequenceClassification', config: { num_labels: 2 } });
    expect(report).toMatchObject({
      missing: [],
      misshapen: ['classifier.bias', 'classifier.weight'],
      drawn: ['classifier.weight', 'classifier.bias'],
    });
    dispose();
    const wide = checkpointOf(await smallWeights(), { ...smallConfig, intermediate_size: 16 });
    expect(await leaked(async () => (await fromPretrained(wide)).parameters)).toEqual({ tensors: 0, buffers: 0 });
    await expect(fromPretrained(wide)).rejects.toThrow(
      new FileError({
        caller: 'fromPretrained',
        problem: 'the checkpoint must hold every weight of the body in its shape.',
        expected:
          'encoder.layer.0.intermediate.dense.weight [16, 8]  (there [12, 8]), encoder.layer.0.intermediate.dense.bias [16]  (there [12]), encoder.layer.0.output.dense.weight [8, 16]  (there [8, 12])',
        got: '23 tensors in the given bytes: "embeddings.LayerNorm.bias", "embeddings.LayerNorm.weight", "embeddings.position_embeddings.weight", "embeddings.token_type_embeddings.weight", … (23)',
        remedy: 'check that config.json belongs to the weights, and that family is theirs.',
      }),
    );
  });

  it('because they are integers are named with their dtype', async () => {
    const tensors = await smallWeights();
    const name = 'encoder.layer.0.output.dense.weight';
    const source = checkpointOf({ ...tensors, [name]: { dtype: 'I8', shape: [8, 12], values: new Int8Array(96) } });
    await expect(fromPretrained(source)).rejects.toThrow(`${name} of a floating-point dtype  (there I8)`);
  });

  it('for int8 because they are not finite are named', async () => {
    const tensors = await smallWeights();
    const name = 'encoder.layer.0.output.dense.weight';
    const source = checkpointOf({ ...tensors, [name]: { dtype: 'F32', shape: [8, 12], values: new Float32Array(96).fill(Number.NaN) } });
    await expect(fromPretrained(source, { precision: 'int8' })).rejects.toThrow(
      `fromPretrained: ${name}: the numbers of a weight must be finite for int8.`,
    );
    expect(await leaked(async () => (await fromPretrained(source, { precision: 'int8' })).parameters)).toEqual({ tensors: 0, buffers: 0 });
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

describe('keys that the family does not know', () => {
  it('may stand in config.json, and be changed there', async () => {
    const source = checkpointOf(await smallWeights(), { ...smallConfig, my_own: 1 });
    const { json: found, dispose } = await fromPretrained(source, { config: { myOwn: 2, label2id: { no: 0, yes: 1 } } });
    expect(found).toMatchObject({ my_own: 2, label2id: { no: 0, yes: 1 } });
    dispose();
  });
});

describe('numbers of a config', () => {
  it('cost no more than the file that they come with', async () => {
    const source = checkpointOf(await smallWeights(), { ...smallConfig, num_hidden_layers: 1e9 });
    await expect(fromPretrained(source)).rejects.toThrow('numHiddenLayers must be a number of layers that the checkpoint has.');
    const labels = { head: 'sequenceClassification', config: { numLabels: 2e9 } } as const;
    await expect(fromPretrained(checkpointOf(await smallWeights()), labels)).rejects.toThrow(
      'a head that is drawn must not be larger than the checkpoint.',
    );
    expect(await leaked(async () => (await fromPretrained(checkpointOf(await smallWeights()), labels)).parameters)).toEqual({
      tensors: 0,
      buffers: 0,
    });
  });
});

describe('damaged files', () => {
  it('give one of our errors and no tensor, whatever byte is wrong', async () => {
    const source = checkpointOf(await smallWeights());
    const bytes = source['model.safetensors'] as Uint8Array;
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length - 1), fc.nat(255), fc.boolean(), async (at, byte, isCut) => {
        const damaged = isCut ? bytes.slice(0, at) : bytes.slice().fill(byte, at, at + 1);
        const before = memory().numTensors;
        try {
          (await fromPretrained({ ...source, 'model.safetensors': damaged })).dispose();
        } catch (error) {
          expect((error as Error).name).toMatch(/^(File|Config|Shape)Error$/);
        }
        expect(memory().numTensors).toBe(before);
      }),
      { numRuns: 100 },
    );
  });
});
