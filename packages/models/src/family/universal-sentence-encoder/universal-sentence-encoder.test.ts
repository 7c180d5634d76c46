import { documents } from '@longspan/attention-sparse/mask';
import { createKey, padding } from '@longspan/core-tensor';
import { expectClose, leaked, onBackends, withBackend } from '@longspan/tooling/expect';
import { memory, tensor1d, tensor2d } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { graphModel } from '../../../test/graph-model.ts';
import { smallGraph, smallVector } from '../../../test/small-sentence-encoder.ts';
import { fromPretrained } from '../../pretrained/from-pretrained.ts';
import { pretrainedFiles } from '../../pretrained/save-pretrained.ts';
import type { Sentence } from '../../sentence/sentence.ts';
import { universalSentenceEncoder, universalSentenceEncoderModel } from './index.ts';

const found: {
  readonly names?: readonly string[];
  readonly vector?: unknown;
  readonly pooled?: unknown;
  readonly sentence?: Sentence | undefined;
}[] = [];

const close = { atol: 1e-5, rtol: 1e-5 };
const texts = [[1, 5, 2, 8, 3], [4, 7], [6]];

const read = () => fromPretrained(graphModel(smallGraph), { family: universalSentenceEncoder, head: 'model' });

/** Ids filled up on one side, and where they are. */
function filled(side: 'left' | 'right', length = 7) {
  const row = (ids: readonly number[], rest: readonly number[]) => (side === 'left' ? [...rest, ...ids] : [...ids, ...rest]);
  const rest = (ids: readonly number[], mark: number) => new Array<number>(length - ids.length).fill(mark);
  return {
    ids: tensor2d(
      texts.map((ids) => row(ids, rest(ids, 0))),
      [texts.length, length],
      'int32',
    ),
    padding: padding(
      texts.map((ids) =>
        row(
          ids.map(() => 1),
          rest(ids, 0),
        ),
      ),
    ),
  }; // prettier-ignore
}

onBackends('a graph model of the Universal Sentence Encoder', () => {
  it('gives the vectors of its definition, wherever padding stands', async () => {
    const { model, parameters, dispose } = await read();
    for (const side of ['right', 'left'] as const) {
      const { ids, padding: marks } = filled(side);
      const { pooled } = model.apply(parameters, ids, { padding: marks });
      expectClose(
        await pooled.data(),
        texts.flatMap((text) => [...smallVector(text)]),
        close,
      );
    }
    dispose();
  });
});

describe('universalSentenceEncoder', () => {
  beforeAll(() => withBackend('cpu'));

  it('says how its vectors are made, as a repository of sentence-transformers does, and is written without modules', async () => {
    const counts = await leaked(async () => {
      const own = await read();
      const files = await pretrainedFiles(own);
      own.dispose();
      const { model, parameters, sentence, dispose } = await fromPretrained(files, { family: universalSentenceEncoder, head: 'model' });
      const ids = tensor2d([texts[0] as number[]], [1, 5], 'int32');
      const { hidden, pooled } = model.apply(parameters, ids);
      const vector = sentence?.layer.apply(sentence.parameters, hidden);
      found.push({ names: files.map(({ name }) => name), vector: await vector?.data(), pooled: await pooled.data(), sentence });
      dispose();
      return [ids, hidden, pooled, ...(vector === undefined ? [] : [vector])];
    });
    expect(counts).toEqual({ tensors: 0, buffers: 0 });
    const [{ names, vector, pooled, sentence } = {}] = found;
    expect(names).toEqual(['model.safetensors', 'config.json']);
    expect(vector).toEqual(pooled);
    expect([sentence?.pooling.modes, sentence?.dense.length, sentence?.normalize, sentence?.maxSeqLength]).toEqual([
      ['mean'],
      1,
      true,
      128,
    ]);
    const alone = await fromPretrained(graphModel(smallGraph), { family: universalSentenceEncoder, head: 'model', sentence: false });
    expect(alone.sentence).toBeUndefined();
    alone.dispose();
  });

  it('reads a text of any length: what the graph would cut off changes the vector', async () => {
    const { model, parameters, dispose } = await read();
    const text = Array.from({ length: 150 }, (_, at) => 1 + ((at * 5) % 8));
    const vectors = [text, text.slice(0, 128)].map((ids) => model.apply(parameters, tensor2d([ids], [1, ids.length], 'int32')).pooled);
    const [whole, cut] = [smallVector(text), smallVector(text.slice(0, 128))];
    expectClose((await vectors[0]?.data()) ?? [], whole, close);
    expectClose((await vectors[1]?.data()) ?? [], cut, close);
    const difference = whole.map((value, at) => Math.abs(value - (cut[at] as number)));
    expect(Math.max(...difference)).toBeGreaterThan(1e-3);
    dispose();
  });

  it('reads packed texts as each alone: positions begin anew with each document', async () => {
    const { model, parameters, dispose } = await read();
    const owners = texts.flatMap((ids, text) => ids.map(() => text));
    const packed = model.apply(parameters, tensor2d([texts.flat()], [1, owners.length], 'int32'), { mask: documents(owners) });
    const alone = texts.map((ids) => model.apply(parameters, tensor2d([ids], [1, ids.length], 'int32')).hidden);
    expectClose(
      await packed.hidden.data(),
      (await Promise.all(alone.map((hidden) => hidden.data()))).flatMap((values) => [...values]),
      close,
    );
    const other = tensor2d([texts.flat().slice(1)], [1, owners.length - 1], 'int32');
    expect(() => model.apply(parameters, other, { mask: documents(owners) })).toThrow(
      'the documents of context.mask must be those of the ids.',
    );
    dispose();
  });

  it('gives the states of wanted tokens alone, of all batch rows, and no vector of the text', async () => {
    const { model, parameters, dispose } = await read();
    const ids = tensor2d(
      [
        [1, 5, 2, 8, 3],
        [4, 7, 1, 1, 2],
      ],
      [2, 5],
      'int32',
    );
    const whole = await model.apply(parameters, ids).hidden.data();
    const width = whole.length / 10;
    const wanted = [1, 4, 5, 9];
    const found = model.apply(parameters, ids, { wantedTokens: tensor1d(wanted, 'int32') });
    expect(found.pooled).toBeUndefined();
    expect(found.hidden.shape).toEqual([1, 4, width]);
    expectClose(
      await found.hidden.data(),
      wanted.flatMap((at) => [...whole.subarray(at * width, (at + 1) * width)]),
      close,
    );
    expect(() => model.apply(parameters, ids, { wantedTokens: ids })).toThrow('context.wantedTokens');
    dispose();
  });

  it('has the sizes of its weights, and what has none from the constants of the graph', async () => {
    const { config, report, parameters, family, dispose } = await fromPretrained(graphModel(smallGraph, { shardBytes: 1000 }));
    expect(family.modelType).toBe('universal-sentence-encoder');
    expect(config).toMatchObject({
      ...{ vocabSize: 9, embeddingSize: 4, hiddenSize: 8, numHiddenLayers: 2, numAttentionHeads: 2, intermediateSize: 12, outputSize: 6 },
      ...{ layerNormEps: 1e-6, maxTimescale: 1e4, maxSeqLength: 128 },
    });
    expect(report).toMatchObject({ missing: [], unexpected: [], drawn: [] });
    expect(Object.keys(parameters).sort()).toEqual(Object.keys(universalSentenceEncoder.models.model(config).spec).sort());
    dispose();
  });

  it('is saved as config.json and safetensors, and read again with the same numbers', async () => {
    const first = await read();
    const again = await fromPretrained(await pretrainedFiles(first));
    expect(again.config).toMatchObject(first.config);
    for (const [name, tensor] of Object.entries(first.parameters))
      expect(await again.parameters[name]?.data()).toEqual(await tensor.data());
    for (const each of [first, again]) each.dispose();
  });

  it('leaves no tensor, neither when it runs nor when it is read and disposed', async () => {
    const before = memory().numTensors;
    const { model, parameters, dispose } = await read();
    const { ids, padding: marks } = filled('left');
    expect(await leaked(() => Object.values(model.apply(parameters, ids, { padding: marks })))).toEqual({ tensors: 0, buffers: 0 });
    ids.dispose();
    dispose();
    expect(memory().numTensors).toBe(before);
  });

  it('is a model as the others: hidden states, and an error for what is no id', () => {
    const model = universalSentenceEncoderModel({ vocabSize: 9, embeddingSize: 4, hiddenSize: 8, intermediateSize: 12 });
    const parameters = model.init(createKey(1));
    const { hiddenStates } = model.apply(parameters, tensor2d([[1, 2, 3]], [1, 3], 'int32'), { hiddenStates: true });
    expect(hiddenStates?.map(({ shape }) => shape)).toEqual([
      [1, 3, 4],
      [1, 3, 8],
      [1, 3, 8],
    ]);
    expect(() => universalSentenceEncoderModel({ embeddingSize: 5 })).toThrow('universalSentenceEncoderModel: embeddingSize must be even.');
    const lengths = { lengths: tensor1d([2]) } as object;
    expect(() => model.apply(parameters, tensor2d([[1, 2]], [1, 2], 'int32'), lengths)).toThrow(
      'padding must be given as context.padding.',
    );
    expect(() => model.apply(parameters, tensor2d([[1, 2]]))).toThrow(/^universalSentenceEncoderModel/);
    expect(() => universalSentenceEncoderModel({ embeddingSize: 6, hiddenSize: 9, numAttentionHeads: 4 })).toThrow(
      /^universalSentenceEncoderModel/,
    );
  });
});

describe('the reader of graph models', () => {
  beforeAll(async () => {
    vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    await withBackend('cpu');
  });
  const name = 'module/Embeddings_en';
  const table = async (weight: object) => {
    const weights = smallGraph.map((each) => (each.name === name ? { ...each, ...weight } : each));
    const { parameters, dispose } = await fromPretrained(graphModel(weights));
    const values = Array.from((await parameters['embeddings.word_embeddings.weight']?.data()) ?? []);
    dispose();
    return values;
  };

  it('gives what quantised numbers stand for', async () => {
    const stored = Uint8Array.from({ length: 36 }, (_, at) => at * 7);
    const found = await table({ bytes: stored, quantization: { dtype: 'uint8', scale: 0.5, min: -3 } });
    expect(found).toEqual(Array.from(stored, (value) => value * 0.5 - 3));
    const wide = Uint16Array.from({ length: 36 }, (_, at) => at * 1700);
    const values = await table({ bytes: new Uint8Array(wide.buffer), quantization: { dtype: 'uint16', scale: 0.25, min: 1 } });
    expect(values).toEqual(Array.from(wide, (value) => value * 0.25 + 1));
    const halves = Uint16Array.from({ length: 36 }, (_, at) => 0x3c00 + at); // 1 + at / 1024
    const floats = await table({ bytes: new Uint8Array(halves.buffer), quantization: { dtype: 'float16' } });
    expect(floats).toEqual(Array.from(halves, (_, at) => 1 + at / 1024));
  });

  it('steps over texts and truth values, wherever they stand', async () => {
    const text = (letters: string) => [letters.length, 0, 0, 0, ...new TextEncoder().encode(letters)];
    const words = { name: 'words', shape: [2], dtype: 'string', bytes: Uint8Array.from([...text('whale'), ...text('')]) };
    const flag = { name: 'flag', shape: [3], dtype: 'bool', bytes: Uint8Array.of(1, 0, 1) };
    const [first, ...rest] = smallGraph;
    const { model, parameters, dispose } = await fromPretrained(graphModel([flag, words, first as (typeof smallGraph)[number], ...rest]), {
      family: universalSentenceEncoder,
      head: 'model',
    });
    const { pooled } = model.apply(parameters, tensor2d([[4, 7]], [1, 2], 'int32'));
    expectClose(await pooled.data(), smallVector([4, 7]), close);
    dispose();
  });

  it('is found where a server sends its page for the names that it does not have', async () => {
    const page = new TextEncoder().encode('<!doctype html>');
    const { family, dispose } = await fromPretrained({ ...graphModel(smallGraph), 'config.json': page, 'modules.json': page });
    expect(family.modelType).toBe('universal-sentence-encoder');
    dispose();
    await expect(fromPretrained({ 'config.json': page })).rejects.toThrow('config.json must be a record in JSON.');
  });

  const source = graphModel(smallGraph);
  const without = (missing: string) => Object.fromEntries(Object.entries(source).filter(([each]) => each !== missing));
  const shard = 'group1-shard2of';
  const second = Object.keys(source).find((each) => each.startsWith(shard)) as string;

  it.each([
    ['a file that is missing', without(second), `fromPretrained: every file that model.json names must be there.\n  expected  ${second}`],
    [
      'a file that is cut',
      { ...source, [second]: new Uint8Array(3) },
      'fromPretrained: the files of the weights must be as long as the weights.',
    ],
    ['a path', graphModel(smallGraph, { more: { weightsManifest: [{ paths: ['../a'], weights: [] }] } }), 'must lie beside model.json'],
    ['a layers model', graphModel(smallGraph, { more: { format: 'layers-model' } }), 'model.json must be a graph model.'],
    ['no manifest', graphModel(smallGraph, { more: { weightsManifest: {} } }), 'model.json must say where its weights are.'],
    ['a shape that is none', graphModel([{ name: 'a', shape: [-1] }]), 'every weight of the manifest must be one that is known.'],
    [
      'another graph',
      graphModel([{ name: 'a', shape: [1], values: [1] }]),
      'model.json must be of a family that is read from a graph model.',
    ],
    [
      'a graph without one of its weights',
      graphModel(smallGraph.filter((each) => !each.name.endsWith('tanh_layer_0/bias'))),
      'the checkpoint must hold every weight of the body in its shape.\n  expected  pooler.dense.0.bias',
    ],
  ])('refuses %s, and leaves no tensor', async (_, given, message) => {
    const before = memory().numTensors;
    await expect(fromPretrained(given)).rejects.toThrow(message);
    expect(memory().numTensors).toBe(before);
  });
});
