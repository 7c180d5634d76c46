import { causal, multiHeadAttention } from '@longspan/attention-sparse';
import { createKey, disposeParameters, type Padding, transformerLayer } from '@longspan/core-tensor';
import { resetRows } from '@longspan/memory-xl';
import { leaked, withBackend } from '@longspan/tooling/expect';
import { dispose, memory, scalar, type Tensor } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { kitMemoryModel, kitModel } from '../../test/kit-model.ts';
import { sgd } from '../optimizer/sgd.ts';
import { constantSchedule } from '../schedule/constant.ts';
import { copyTask } from '../tasks/copy.ts';
import { taskBatch } from '../tasks/task-batch.ts';
import { type Batch, disposeBatch } from '../train/batch.ts';
import type { TrainOptions } from '../train/options.ts';
import { train } from '../train/train.ts';
import { batchesByLength } from './batches-by-length.ts';
import { byteTokens } from './byte-tokens.ts';
import { dataAt } from './data-at.ts';
import { dataFrom, type TokenData } from './data-from.ts';
import { dataInEpochs } from './data-in-epochs.ts';
import { packedBatch } from './packed-batch.ts';
import { paddedBatch } from './padded-batch.ts';
import { segments } from './segments.ts';
import type { TokenBatch } from './token-batch.ts';

beforeAll(() => withBackend('cpu'));

/** The numbers of what data gives from a position on, at most so many. */
async function numbersOf(data: TokenData, from: number, most = 100): Promise<{ ids: unknown; targets: unknown; count: unknown }[]> {
  const found: { ids: unknown; targets: unknown; count: unknown }[] = [];
  const batches = data(from);
  for await (const batch of batches) {
    found.push({ ids: await batch.x.array(), targets: await contextOf(batch)['targets']?.array(), count: batch.count });
    disposeBatch(batch);
    if (found.length === most) break;
  }
  return found;
}

const contextOf = ({ context = {} }: Batch): Record<string, Tensor> => context as Record<string, Tensor>;

const first = async (data: TokenData): Promise<Batch> => (await data(0).next()).value as Batch;
const options = (more: Partial<TrainOptions> = {}): TrainOptions => ({
  key: createKey('data'),
  steps: 3,
  schedule: constantSchedule(0.1),
  optimizer: sgd(),
  ...more,
});

describe('data for train', () => {
  it('of segments is the tensors of each, from any position, and counts the targets that count', async () => {
    const data = dataFrom((position) =>
      segments(
        [
          [1, 2, 3, 4],
          [5, 6],
        ],
        { segmentLength: 2, position },
      ),
    );
    const all = await numbersOf(data, 0);
    expect(all).toEqual([
      { ids: [[1, 2]], targets: [[2, 3]], count: 2 },
      { ids: [[3, 0]], targets: [[4, -100]], count: 1 },
      { ids: [[5, 0]], targets: [[6, -100]], count: 1 },
    ]);
    expect(await numbersOf(data, 1)).toEqual(all.slice(1));
  });

  it('opens a stream anew for each position', async () => {
    const opened: number[] = [];
    const stream = async function* () {
      yield* ['Call ', 'me Ish', 'mael.'];
    };
    const data = dataFrom((position) => {
      opened.push(position);
      return segments([byteTokens(stream())], { segmentLength: 4, position });
    });
    const all = await numbersOf(data, 0);
    expect(all.length).toBe(4);
    for (const from of [1, 3]) expect(await numbersOf(data, from)).toEqual(all.slice(from));
    expect(opened).toEqual([0, 1, 3]);
  });

  it('of a position is what the function gives for it, until it gives none', async () => {
    const task = copyTask({ count: 2, symbols: 4, delay: 1 });
    const at = (position: number) => taskBatch(task, { batch: 2, key: createKey('task').fold(position) });
    const data = dataAt((position) => (position < 4 ? at(position) : undefined));
    const all = await numbersOf(data, 2);
    expect(all.map(({ ids }) => (ids as number[][]).flat())).toEqual([2, 3].map((position) => [...at(position).ids]));
    expect(all.map(({ count }) => count)).toEqual([4, 4]);
  });

  it('of epochs has every sequence once in each, in an order of its own, from any position', async () => {
    const sequences = Array.from({ length: 12 }, (_, at) => Array.from({ length: 1 + (at % 4) }, () => at + 1));
    const lengths = sequences.map(({ length }) => length);
    const data = dataInEpochs(
      (epoch) => batchesByLength(lengths, { tokens: 8, key: createKey('order').fold(epoch) }),
      (indices) => paddedBatch(indices.map((at) => sequences[at] as number[])),
      { epochs: 3 },
    );
    const all = await numbersOf(data, 0);
    const each = all.length / 3;
    const order = (epoch: number) =>
      all.slice(epoch * each, (epoch + 1) * each).map(({ ids }) => (ids as number[][]).flat().filter((id) => id > 0));
    for (const epoch of [0, 1, 2])
      expect(
        order(epoch)
          .flat()
          .sort((one, other) => one - other),
      ).toEqual(sequences.flat());
    expect(order(0)).not.toEqual(order(1));
    for (const from of [1, each, each + 2, 3 * each - 1]) expect(await numbersOf(data, from)).toEqual(all.slice(from));
    expect(await numbersOf(data, 3 * each)).toEqual([]);
  });

  it('of padded and packed batches says what is padding, which sequence, and where in it', async () => {
    const padded = await first(dataAt(() => paddedBatch([[1, 2, 3], [4]])));
    expect((contextOf(padded)['padding'] as object as Padding).lengths).toEqual([3, 1]);
    const packed = await first(
      dataAt(() =>
        packedBatch(
          [
            [1, 2],
            [3, 4, 5],
          ],
          { length: 6 },
        ),
      ),
    );
    expect(Object.keys(contextOf(packed))).toEqual(['targets', 'documents', 'positions']);
    expect(await contextOf(packed)['positions']?.array()).toEqual([[0, 1, 0, 1, 2, 0]]);
    expect(packed.count).toBe(3);
    const own = await first(dataAt(() => paddedBatch([[1, 2]]), { context: ({ lengths }) => ({ lengths }) }));
    expect(own.context).toEqual({ lengths: [2] });
    for (const each of [padded, packed, own]) disposeBatch(each);
  });

  it('leaves nothing behind', async () => {
    const model = kitModel({
      vocabulary: 8,
      width: 4,
      layers: { one: transformerLayer({ width: 4, attention: multiHeadAttention({ width: 4, heads: 1, mask: causal() }) }) },
    });
    const data = dataInEpochs(
      () => [[0, 1], [2]],
      (indices) =>
        paddedBatch(
          indices.map(
            (at) =>
              [
                [1, 2, 3],
                [4, 5],
                [6, 7, 1],
              ][at] as number[],
          ),
        ),
    );
    const run = async (): Promise<Tensor[]> => Object.values((await train(model.loss, data, options()).finish()).parameters);
    dispose(await run());
    expect(await leaked(run)).toEqual({ tensors: 0, buffers: 0 });
  });
});

describe('a model with memory', () => {
  const model = kitMemoryModel({ vocabulary: 8, width: 4, layers: 1, heads: 1, headDim: 4, innerWidth: 4, memoryLength: 4 });
  // The second row begins its second text while the first one goes on.
  const documents = [
    [1, 2, 3, 4, 5, 6, 7],
    [7, 6, 5],
    [4, 3, 2, 1],
  ];
  const batches = (position: number) => segments(documents, { segmentLength: 3, batch: 2, position });

  it('forgets in the rows that begin a text, and only there', async () => {
    const seen: (readonly number[])[] = [];
    const data = dataFrom(batches, {
      reset: (state, rows) => {
        seen.push(rows);
        return resetRows(state, rows);
      },
    });
    const { state, parameters } = await train(model, data, options({ steps: 2 })).finish();
    expect(seen).toEqual([[1]]);
    const lengths = [0, 1].map((row) => state[`transformer.layers.0.dec_attn.lengths.${row}`]);
    expect(lengths).toEqual([4, 3]);
    disposeParameters(parameters);
    dispose(Object.values(state).filter((each) => typeof each === 'object'));
  });

  it('weighs each loss by the targets that count', async () => {
    const parameters = model.init(createKey(3));
    const one = { optimizer: sgd(), schedule: constantSchedule(0), parameters, steps: 1 };
    const lossOf = async (tokens: TokenBatch): Promise<number> => {
      const run = train(
        model,
        dataAt(() => tokens),
        options(one),
      );
      let found = Number.NaN;
      for await (const { loss } of run) found = loss;
      const { parameters: after, state } = await run.finish();
      dispose([{ ...after }, Object.values(state).filter((each) => typeof each === 'object')]);
      return found;
    };
    const all = await lossOf({ ids: [1, 2], targets: [2, 3], shape: [1, 2] });
    const padded = await lossOf({ ids: [1, 2, 0, 0], targets: [2, 3, -100, -100], shape: [1, 4] });
    expect(padded).toBeCloseTo(all, 6);
    disposeParameters(parameters);
  });

  it('is not trained across texts without a word', async () => {
    const before = memory().numTensors;
    await expect(train(model, dataFrom(batches), options()).finish()).rejects.toThrow(
      'dataFrom: reset must be given where some rows begin a text',
    );
    expect(memory().numTensors).toBe(before);
  });
});

describe('what is no data', () => {
  it('is said', async () => {
    expect(() => dataFrom([] as never)).toThrow('dataFrom: batches must be a function.');
    expect(() => dataAt(() => undefined, { reste: resetRows } as never)).toThrow('dataAt: every option must be one of those');
    expect(() =>
      dataInEpochs(
        () => [1],
        () => undefined as never,
        { epochs: 0 },
      ),
    ).toThrow('dataInEpochs: epochs must be an integer');
    await expect(first(dataFrom(() => ({ ids: [1] }) as never))).rejects.toThrow('dataFrom: batches must give an iterable of batches.');
    await expect(first(dataAt(() => ({ x: scalar(1) }) as never))).rejects.toThrow(
      'dataAt: a batch must be lists of tokens and their shape.',
    );
    await expect(first(dataAt(() => ({ ids: [1, 2], shape: [1, 3] })))).rejects.toThrow('dataAt: ids must have one number for each token.');
    await expect(
      first(
        dataInEpochs(
          () => [],
          () => undefined as never,
        ),
      ),
    ).rejects.toThrow('dataInEpochs: every epoch must have a batch.');
  });
});

it.each<[string, object, RegExp]>([
  ['no ids', { shape: [1, 2] }, /a batch must be lists of tokens/],
  ['ids beyond int32', { ids: [2 ** 31, 1], shape: [1, 2] }, /ids must hold tokens of int32/],
  ['a negative id', { ids: [-1, 1], shape: [1, 2] }, /ids must hold integers of at least 0/],
  ['targets beyond int32', { ids: [0, 1], targets: [2 ** 31, 1], shape: [1, 2] }, /targets must hold tokens of int32/],
  ['a target below -100', { ids: [0, 1], targets: [-101, 1], shape: [1, 2] }, /targets must hold integers of at least -100/],
  ['a row that is not there', { ids: [0, 1], shape: [1, 2], starts: [7] }, /starts must be rows of the batch/],
  ['documents that are no list', { ids: [0, 1], shape: [1, 2], documents: 5 }, /documents must have one list for each row/],
  ['documents of another length', { ids: [0, 1], shape: [1, 2], documents: [[0]] }, /documents\[0\] must have one number for each token/],
  ['a misspelt name', { ids: [0, 1], shape: [1, 2], target: [2, 3] }, /every option must be one of those that dataFrom knows/],
])('a batch with %s is named', async (_, batch, rule) => {
  await expect(dataFrom((() => [batch]) as never, { reset: (state) => state })(0).next()).rejects.toThrow(rule);
});
