import { createReadStream } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { multiHeadAttention, slidingWindow } from '@longspan/attention-sparse';
import {
  chain,
  createKey,
  disposeParameters,
  disposeState,
  feedForward,
  keepState,
  type Layer,
  type LayerState,
  layerNorm,
  type Parameters,
  transformerLayer,
} from '@longspan/core-tensor';
import { resetRows } from '@longspan/memory-xl';
import { averageStreams, duplicateStreams, plainSequence, recomputedLayer, reversibleSequence } from '@longspan/reversible';
import { onTrainingBackends } from '@longspan/tooling/expect';
import { memoryStore } from '@longspan/tooling/runs';
import { mean, tensor2d, tidy } from '@tensorflow/tfjs-core';
import { expect, it, onTestFinished } from 'vitest';
import {
  byteTokens,
  constantSchedule,
  type Data,
  dataFrom,
  type LossModel,
  segments,
  sgd,
  type TrainOptions,
  train,
} from '../src/index.ts';
import { kitMemoryModel, kitModel } from './kit-model.ts';

const [width, vocabulary] = [16, 32];
const letters = (text: string): readonly number[] => Array.from(text, (letter) => letter.charCodeAt(0) % vocabulary);
const text = letters('call me ishmael. some years ago, never mind how long precisely, having little or no money in my purse, ');
const book = (position: number) => segments([text, text, text, text], { segmentLength: 12, batch: 2, position });
/** Windows of tokens for models that remember nothing. */
const data: Data = dataFrom(book);

const options = (more: Partial<TrainOptions> = {}): TrainOptions => ({
  key: createKey('ways'),
  steps: 12,
  schedule: constantSchedule(0.01),
  maxNorm: 1,
  ...more,
});

interface Course {
  readonly losses: readonly number[];
  readonly weights: Readonly<Record<string, readonly number[]>>;
}

/** All losses of a run, and its last weights. */
async function course(model: LossModel, of: Data, more: Partial<TrainOptions> = {}): Promise<Course> {
  const run = train(model, of, options(more));
  const losses: number[] = [];
  for await (const { loss } of run) losses.push(loss);
  const { parameters, state } = await run.finish();
  const weights: Record<string, readonly number[]> = {};
  for (const [name, each] of Object.entries(parameters)) weights[name] = [...(await each.data())];
  disposeParameters(parameters);
  disposeState(state);
  return { losses, weights };
}

/** How far the weights of two runs are apart, as a share of how far one of them has gone. */
async function apart(model: LossModel, one: Course, other: Course): Promise<number> {
  const first = (model as Layer).init(options().key.fold('parameters'));
  const [from, a, b] = [await valuesOf(first), Object.values(one.weights).flat(), Object.values(other.weights).flat()];
  disposeParameters(first);
  const length = (of: (at: number) => number): number => Math.hypot(...a.map((_, at) => of(at)));
  return length((at) => (a[at] as number) - (b[at] as number)) / length((at) => (a[at] as number) - (from[at] as number));
}

const valuesOf = async (parameters: Parameters): Promise<number[]> =>
  (await Promise.all(Object.values(parameters).map((each) => each.data()))).flatMap((each) => [...each]);

const furthest = (one: readonly number[], other: readonly number[]): number =>
  Math.max(...one.map((each, at) => Math.abs(each - (other[at] as number))));

const attention = () => multiHeadAttention({ width, heads: 2, mask: slidingWindow({ left: 7, right: 0 }), rotary: { style: 'half' } });
const layer = () => transformerLayer({ width, attention: attention(), hiddenDropout: 0.1 });

onTrainingBackends('train', () => {
  it('goes through reversibleSequence as through the same blocks with their activations kept', async () => {
    const blocks = Array.from({ length: 3 }, () => ({
      attention: chain({ norm: layerNorm({ width }), inner: attention() }),
      feedForward: chain({ norm: layerNorm({ width }), inner: feedForward({ width, innerWidth: 32 }) }),
    }));
    const modelOf = (layers: Layer) =>
      kitModel({ vocabulary, width, layers: { start: duplicateStreams(), layers, mean: averageStreams() } }).loss;
    const [rebuilt, kept] = [reversibleSequence(blocks), plainSequence(blocks)].map((each) => modelOf(each as Layer)) as [Layer, Layer];
    const [one, other] = [await course(rebuilt, data), await course(kept, data)];
    expect(other.losses.at(-1)).toBeLessThan((other.losses[0] as number) - 0.3);
    // Rebuilt activations differ in their last digits.
    expect(furthest(one.losses, other.losses)).toBeLessThan(1e-4);
    expect(await apart(kept, one, other)).toBeLessThan(1e-3);
  });

  it('goes through recomputedLayer to the same bits, dropout and all', async () => {
    const modelOf = (wrap: (of: Layer) => Layer) =>
      kitModel({ vocabulary, width, layers: { one: wrap(layer() as Layer), two: wrap(layer() as Layer) } }).loss;
    const plain = await course(
      modelOf((each) => each),
      data,
    );
    expect(plain.losses.at(-1)).toBeLessThan((plain.losses[0] as number) - 0.3);
    expect(await course(modelOf(recomputedLayer), data)).toEqual(plain);
  });

  it('takes the loss in chunks as at once', async () => {
    for (const tied of [true, false]) {
      const modelOf = (lossChunkLength?: number) => kitModel({ vocabulary, width, layers: { one: layer() }, tied, lossChunkLength }).loss;
      const [chunked, whole] = [await course(modelOf(5), data), await course(modelOf(), data)];
      expect(whole.losses.at(-1)).toBeLessThan((whole.losses[0] as number) - 0.3);
      // Sums over chunks round otherwise.
      expect(furthest(chunked.losses, whole.losses)).toBeLessThan(1e-4);
      expect(await apart(modelOf(), chunked, whole)).toBeLessThan(1e-3);
    }
  });

  const xl = (wrapLayer?: typeof recomputedLayer) =>
    kitMemoryModel({ vocabulary, width, layers: 2, heads: 2, headDim: 8, innerWidth: 32, memoryLength: 12, wrapLayer });
  const carried = dataFrom(book, { reset: resetRows });

  it('hands the memory of a segment to the next, and drops it where a row begins a text', async () => {
    const model = xl();
    const still = { optimizer: sgd(), schedule: constantSchedule(0), steps: 20 };
    const { losses } = await course(model, carried, still);
    // The same by hand, without train.
    const parameters = model.init(options().key.fold('parameters'));
    const expected: number[] = [];
    let [state, resets]: [LayerState, number] = [{}, 0];
    for await (const { ids, targets, starts, shape } of book(0)) {
      if (expected.length === 20) break;
      if (expected.length > 0 && starts.length > 0) resets += 1;
      const before = resetRows(state, starts);
      let next: LayerState = {};
      const all = tidy(() => {
        const scored = model.apply(parameters, tensor2d(ids, [...shape], 'int32'), { targets, state: before });
        next = keepState(scored.state);
        return mean(scored.hidden);
      });
      const counted = targets.filter((target) => target >= 0).length;
      expected.push(((await all.data())[0] as number) * (targets.length / counted));
      all.dispose();
      disposeState(before);
      disposeState(state);
      state = next;
    }
    disposeState(state);
    disposeParameters(parameters);
    expect(resets).toBeGreaterThan(0);
    expect(expected.length).toBe(losses.length);
    expect(furthest(losses, expected)).toBeLessThan(1e-5);
    // Without the memory they are others, by much more than that.
    const without: Data = (from) =>
      (async function* () {
        for await (const batch of carried(from)) yield { ...batch, carry: () => ({}) };
      })();
    expect(furthest((await course(model, without, still)).losses, losses)).toBeGreaterThan(1e-4);
  });

  it('learns with memory through recomputed layers to the same bits', async () => {
    expect(await course(xl(recomputedLayer), carried)).toEqual(await course(xl(), carried));
  });

  it('goes on in the middle of a file that streams, to the same bits', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'longspan-streamed-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const file = join(folder, 'book.txt');
    await writeFile(
      file,
      'Call me Ishmael. Some years ago - never mind how long precisely - having little or no money in my purse. '.repeat(3),
    );
    const model = kitMemoryModel({ vocabulary: 256, width, layers: 1, heads: 2, headDim: 8, innerWidth: 32, memoryLength: 12 });
    const opened: number[] = [];
    const streamed = dataFrom(
      (position) => {
        opened.push(position);
        return segments([byteTokens(createReadStream(file, { highWaterMark: 7 }))], { segmentLength: 12, position });
      },
      { reset: resetRows },
    );
    const whole = await course(model, streamed);
    expect(whole.losses.length).toBe(12);
    const checkpoint = { store: memoryStore(), every: 1 };
    const losses: number[] = [];
    for await (const { step, loss } of train(model, streamed, options({ checkpoint }))) {
      losses.push(loss);
      if (step === 5) break;
    }
    const rest = await course(model, streamed, { checkpoint });
    expect(opened).toEqual([0, 0, 5]);
    expect([...losses, ...rest.losses]).toEqual(whole.losses);
    expect(rest.weights).toEqual(whole.weights);
  });
});
