import { createKey, type Layer, normal, type Parameters } from '@longspan/core-tensor';
import { stamped } from '@longspan/core-tensor/error';
import { expectClose, onBackends, withBackend } from '@longspan/tooling/expect';
import { memory, type Tensor, tensor2d } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { sentenceFolder } from '../../test/sentence-folder.ts';
import { bert, bertForQuestionAnswering } from '../family/bert/index.ts';
import { distilbert } from '../family/distilbert/index.ts';
import { roberta } from '../family/roberta/index.ts';
import type { Family } from '../pretrained/family.ts';
import { fromPretrained } from '../pretrained/from-pretrained.ts';
import { pretrainedFiles } from '../pretrained/save-pretrained.ts';
import type { Sentence } from '../sentence/sentence.ts';
import { toLong } from './index.ts';

const sizes = { vocabSize: 20, hiddenSize: 8, numHiddenLayers: 2, numAttentionHeads: 2, intermediateSize: 12, maxPositionEmbeddings: 12 };
const close = { atol: 2e-5, rtol: 2e-4 };

type AnyModel = Layer<never, { readonly hidden: Tensor }>;

/** A short model with weights that make attention uneven. */
function shortModel(family: Family, head: string) {
  const config = family.config(sizes);
  const model = (family.models[head] as unknown as (config: object) => AnyModel)(config);
  const parameters: Parameters = Object.fromEntries(
    Object.entries(model.spec).map(([name, { shape }]) => [name, normal(createKey(name), shape, { standardDeviation: 0.4 })]),
  );
  return { family, head, config, model, parameters };
}

const families = { bert, roberta } as object as Readonly<Record<'bert' | 'roberta', Family>>;
const cases = (['bert', 'roberta'] as const).flatMap((family) =>
  Object.keys(families[family].models).map((head) => [family, head] as const),
);
const ids = () =>
  tensor2d(
    [
      [2, 3, 4, 5, 6, 7],
      [9, 8, 7, 6, 5, 4],
    ],
    [2, 6],
    'int32',
  );

describe.each(cases)('toLong of %s, %s', (name, head) => {
  onBackends('', () => {
    it('gives what the short model gives, on a text within one side of the window and without a global token', async () => {
      const short = shortModel(families[name], head);
      const long = toLong(short, { maxPositions: 40, attentionWindow: 12 });
      expect(long.head).toBe(head);
      const found = (long.model as object as AnyModel).apply(long.parameters, ids(), { globals: [] } as never);
      expectClose(await found.hidden.data(), await short.model.apply(short.parameters, ids(), {} as never).hidden.data(), close);
    });
  });

  it('finds the head by the names of the parameters', async () => {
    await withBackend('cpu');
    const { head: _, ...short } = shortModel(families[name], head);
    expect(toLong(short, { maxPositions: 40 }).head).toBe(head);
  });
});

describe('toLong', () => {
  beforeAll(() => withBackend('cpu'));

  it('says which period it took: the option, what the repository says of the checkpoint, or its table', async () => {
    const short = shortModel(families.roberta, 'model');
    const read = await fromPretrained(sentenceFolder(await pretrainedFiles({ ...short, head: 'model' } as never), { max_seq_length: 4 }));
    const { positions, parameters, sentence } = toLong(read, { maxPositions: 9 });
    expect(positions).toEqual({ period: 4, from: 'maxSeqLength' });
    const [before, table] = [short.parameters, parameters].map((each) => each['embeddings.position_embeddings.weight'] as Tensor);
    const rows = (await (before as Tensor).array()) as number[][];
    // Rows 0 and 1 are those of padding; tokens begin at 2.
    expect(await (table as Tensor).array()).toEqual([0, 1, 2, 3, 4, 5, 2, 3, 4, 5, 2].map((row) => rows[row]));
    expect(toLong(short, { maxPositions: 9 }).positions).toEqual({ period: 10, from: 'table' });
    expect(sentence?.maxSeqLength).toBe(9);
    const told = (lengths: object) =>
      toLong({ ...short, sentence: stamped({ ...(read.sentence as Sentence), ...lengths }) }, { maxPositions: 9 });
    expect(told({ maxSeqLength: 512 }).positions).toEqual({ period: 10, from: 'table' });
    expect(told({ maxSeqLength: 8, truncation: 3 }).positions).toEqual({ period: 3, from: 'truncation' });
    const copy = { ...(read.sentence as Sentence) };
    expect(() => toLong({ ...short, sentence: copy }, { maxPositions: 9 })).toThrow(/^toLong: model.sentence must be what fromPretrained/);
    expect(toLong(short, { maxPositions: 9, positionPeriod: 7 }).positions).toEqual({ period: 7, from: 'positionPeriod' });
  });

  it('copies nothing but positions, and its dispose leaves the short model whole', () => {
    const short = shortModel(families.bert, 'model');
    const before = memory();
    const long = toLong(short, { maxPositions: 30 });
    expect(memory().numDataBuffers - before.numDataBuffers).toBe(1);
    long.dispose();
    expect(memory().numTensors).toBe(before.numTensors);
    expect(Object.values(short.parameters).some(({ isDisposed }) => isDisposed)).toBe(false);
    expect(short.model.apply(short.parameters, ids(), {} as never).hidden.shape).toEqual([2, 6, 8]);
  });

  it('reads texts up to maxPositions, and names them in the error about longer ones', () => {
    const { model, parameters } = toLong(shortModel(families.bert, 'model'), { maxPositions: 30, attentionWindow: 4 });
    const row = (length: number) => tensor2d(new Array<number>(length).fill(3), [1, length], 'int32');
    const run = (length: number) => (model as object as AnyModel).apply(parameters, row(length), {} as never).hidden.shape;
    expect(run(30)).toEqual([1, 30, 8]);
    expect(() => run(31)).toThrow(/at most 30 tokens/);
  });

  it('gives the model of the head that the short model says it has, in its type too', async () => {
    const config = bert.config(sizes);
    const parameters = bertForQuestionAnswering(config).init(createKey(0));
    const long = toLong({ family: bert, head: 'questionAnswering', config, parameters }, { maxPositions: 30, attentionWindow: 4 });
    expect(long.model.apply(long.parameters, ids(), { globals: [0] }).startLogits.shape).toEqual([2, 6]);
    long.dispose();
    const read = async (files: readonly File[]) => {
      const short = await fromPretrained(files, { family: bert, head: 'questionAnswering' });
      return toLong(short, { maxPositions: 30 }).model.loss; // compiles: the head that was asked for goes on
    };
    expect((await read(await pretrainedFiles({ family: bert, head: 'questionAnswering', config, parameters }))).name).toMatch(/[.]loss$/);
  });

  it('refuses what no Longformer can be made of', () => {
    const short = shortModel(families.bert, 'model');
    expect(() => toLong({ ...short, family: distilbert as object as Family }, { maxPositions: 30 })).toThrow(
      [
        'toLong: the model must be of a family that Longformer is made of.',
        '  expected  bert, roberta, xlm-roberta',
        '  got       "distilbert"',
        '  remedy    load a checkpoint of BERT, RoBERTa or XLM-R, or read the text in windows.',
      ].join('\n'),
    );
    expect(() => toLong(short, { maxPositions: 30, positionPeriod: 13 })).toThrow(/^toLong/);
    expect(() => toLong(short, { maxPositions: 30, attentionWindow: 5 })).toThrow(/^toLong/);
    const { numTensors } = memory();
    const odd = { ...short.parameters, more: () => 1 } as never;
    expect(() => toLong({ ...short, parameters: odd }, { maxPositions: 30 })).toThrow(/^toLong: more must be a tensor/);
    expect(memory().numTensors).toBe(numTensors);
    expect(() => toLong({ ...short, head: 'nextSentence' }, { maxPositions: 30 })).toThrow(/model.head must be one that Longformer has/);
  });
});
