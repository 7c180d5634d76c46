import { createKey, defineLayer, feedForward, type Parameters, residual } from '@longspan/core-tensor';
import { leaked, onFewerBackends } from '@longspan/tooling/expect';
import {
  add,
  concat,
  dispose,
  fill,
  memory,
  mul,
  scalar,
  sqrt,
  square,
  sub,
  sum,
  type Tensor,
  tensor1d,
  tensor2d,
} from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { kitModel } from '../../test/kit-model.ts';
import type { CheckpointStore } from '../checkpoint/checkpoint-folder.ts';
import { named } from '../optimizer/selection.ts';
import { sgd } from '../optimizer/sgd.ts';
import { constantSchedule } from '../schedule/constant.ts';
import type { Batch } from './batch.ts';
import type { TrainingStep, TrainOptions } from './options.ts';
import { train } from './train.ts';

const model = kitModel({
  vocabulary: 8,
  width: 8,
  layers: { one: residual(feedForward({ width: 8 })) },
}).loss;

/** Each token is followed by the next one, in rows that start where the position says. */
function* data(from: number): Generator<Batch> {
  for (let at = from; ; at++) {
    const ids = Array.from({ length: 12 }, (_, index) => (at + index * 3) % 8);
    yield {
      x: tensor2d(ids, [2, 6], 'int32'),
      context: {
        targets: tensor2d(
          ids.map((id) => (id + 1) % 8),
          [2, 6],
          'int32',
        ),
      },
    };
  }
}

const several = (from: number, count: number): Batch[] => {
  const batches = data(from);
  return Array.from({ length: count }, () => batches.next().value as Batch);
};

const options = (more: Partial<TrainOptions> = {}): TrainOptions => ({
  key: createKey('train'),
  steps: 8,
  schedule: constantSchedule(0.05),
  ...more,
});

async function stepsOf(more: Partial<TrainOptions> = {}, of = data): Promise<TrainingStep[]> {
  const steps: TrainingStep[] = [];
  const run = train(model, of, options(more));
  for await (const step of run) steps.push(step);
  disposeTrained(await run.finish());
  return steps;
}

const disposeTrained = ({ parameters, average, state }: { parameters: Parameters; average: Parameters; state: object }): void =>
  dispose([{ ...parameters }, { ...average }, Object.values(state).filter((each) => typeof each === 'object')]);

async function valuesOf(parameters: Parameters): Promise<Record<string, readonly number[]>> {
  const values = Object.entries(parameters).map(async ([name, each]) => [name, [...(await each.data())]] as const);
  return Object.fromEntries(await Promise.all(values));
}

/** A store in memory. */
function memoryStore(): CheckpointStore & { bytes?: Uint8Array<ArrayBuffer> } {
  const store: CheckpointStore & { bytes?: Uint8Array<ArrayBuffer> } = {
    read: async () => store.bytes,
    write: async (bytes) => {
      store.bytes = bytes;
    },
  };
  return store;
}

onFewerBackends('train', () => {
  it('learns, and says what each step was like', async () => {
    const steps = await stepsOf({ steps: 60 });
    expect(steps.map(({ step }) => step)).toEqual(Array.from({ length: 60 }, (_, at) => at + 1));
    expect(steps[0]?.loss).toBeGreaterThan(1.5);
    expect(steps.at(-1)?.loss).toBeLessThan(0.3);
    expect(steps.every((each) => each.gradientNorm > 0 && each.tokensPerSecond > 0 && each.learningRate === 0.05)).toBe(true);
  });

  it('leaves nothing behind but what finish gives', async () => {
    const store = memoryStore();
    const all = { maxNorm: 0.5, accumulate: 2, averageDecay: 0.9, checkpoint: { store, every: 3 } };
    const validation = { data: () => several(0, 2), every: 2 };
    await stepsOf({ steps: 1 });
    expect(await leaked(async () => void (await stepsOf({ ...all, validation })))).toEqual({ tensors: 0, buffers: 0 });
  });

  it('says between two steps what it has come to: the weights that a run of so many steps ends with', async () => {
    const run = train(model, data, options());
    expect(run.now()).toBeUndefined();
    const seen: unknown[] = [];
    for await (const { step } of run) {
      const { parameters, step: at } = run.now() ?? { parameters: {}, step: -1 };
      expect(at).toBe(step);
      if (step === 3 || step === 8) seen.push(await valuesOf(parameters));
    }
    const trained = await run.finish();
    expect(run.now()).toBe(trained);
    const shorter = await train(model, data, options({ steps: 3 })).finish();
    expect(seen).toEqual([await valuesOf(shorter.parameters), await valuesOf(trained.parameters)]);
    disposeTrained(trained);
    disposeTrained(shorter);
  });

  it('two batches in one step are one of both', async () => {
    const both = function* (from: number): Generator<Batch> {
      for (let at = from; ; at++) {
        const [first, second] = several(2 * at, 2) as [Batch, Batch];
        const joined = (read: (batch: Batch) => unknown): Tensor => concat([read(first) as Tensor, read(second) as Tensor]);
        yield { x: joined(({ x }) => x), context: { targets: joined(({ context }) => context?.['targets']) } };
      }
    };
    const [two, one] = [await stepsOf({ steps: 5, accumulate: 2 }), await stepsOf({ steps: 5 }, both)];
    two.forEach((step, at) => {
      expect(step.loss).toBeCloseTo(one[at]?.loss as number, 4);
      expect(step.gradientNorm).toBeCloseTo(one[at]?.gradientNorm as number, 4);
    });
  });

  it('a batch in which nothing counts is passed over: its place is taken by the next one', async () => {
    // Every third batch has no target; its loss is the mean of nothing.
    const withGaps = function* (from: number): Generator<Batch> {
      for (let at = from; ; at++) {
        const [batch] = several(Math.floor((2 * at + 1) / 3), 1) as [Batch];
        const { targets } = batch.context as { readonly targets: Tensor };
        yield at % 3 === 2 ? { ...batch, context: { targets: fill(targets.shape, -100, 'int32') }, count: 0 } : batch;
      }
    };
    const store = memoryStore();
    const gaps = { accumulate: 2, checkpoint: { store, every: 1 } };
    const [first, rest] = [await stepsOf({ ...gaps, steps: 2 }, withGaps), await stepsOf({ ...gaps, steps: 4 }, withGaps)];
    const plain = await stepsOf({ steps: 4, accumulate: 2 });
    [...first, ...rest].forEach(({ loss, gradientNorm }, at) => {
      expect([loss, gradientNorm]).toEqual([plain[at]?.loss, plain[at]?.gradientNorm]);
    });
  });

  it('goes on from a checkpoint to the same bits, wherever it stopped', async () => {
    const all = { averageDecay: 0.9, accumulate: 2, maxNorm: 0.3 };
    const whole = await train(model, data, options(all)).finish();
    const store = memoryStore();
    for (const stop of [1, 4, 7]) {
      for await (const { step } of train(model, data, options({ ...all, checkpoint: { store, every: 1 } }))) if (step === stop) break;
    }
    const resumed = await train(model, data, options({ ...all, checkpoint: { store, every: 1 } })).finish();
    expect(resumed.step).toBe(8);
    expect(await valuesOf(resumed.parameters)).toEqual(await valuesOf(whole.parameters));
    expect(await valuesOf(resumed.average)).toEqual(await valuesOf(whole.average));
  });

  it('stops within one step of the signal, with a checkpoint, and where the data ends', async () => {
    const controller = new AbortController();
    const store = memoryStore();
    const run = train(model, data, options({ signal: controller.signal, checkpoint: { store, every: 100 } }));
    for await (const { step } of run) if (step === 3) controller.abort();
    expect(await run.finish()).toMatchObject({ step: 3, ended: 'signal' });
    expect(await train(model, data, options({ steps: 3, checkpoint: { store, every: 100 } })).finish()).toMatchObject({ step: 3 });
    expect(await train(model, (from) => several(from, 3), options({ accumulate: 2 })).finish()).toMatchObject({
      step: 2,
      ended: 'data',
    });
  });

  it('makes up for a validation in the middle of which it was stopped', async () => {
    const still = { optimizer: sgd(), schedule: constantSchedule(0), steps: 8 };
    const validated = (signalIn?: AbortController) => ({
      every: 2,
      patience: 1,
      data: function* () {
        signalIn?.abort();
        yield* several(0, 2);
      },
    });
    const whole = await train(model, data, options({ ...still, validation: validated() })).finish();
    expect(whole).toMatchObject({ step: 4, ended: 'patience' });
    const store = memoryStore();
    for (let stops = 0; stops < 2; stops++) {
      const controller = new AbortController();
      const stopped = options({
        ...still,
        validation: validated(controller),
        signal: controller.signal,
        checkpoint: { store, every: 10 },
      });
      expect(await train(model, data, stopped).finish()).toMatchObject({ step: 2, ended: 'signal' });
    }
    const resumed = await train(model, data, options({ ...still, validation: validated(), checkpoint: { store, every: 10 } })).finish();
    expect(resumed).toMatchObject({ step: 4, ended: 'patience' });
    expect(await valuesOf(resumed.parameters)).toEqual(await valuesOf(whole.parameters));
  });

  it('keeps a validation that it made up for after the last step', async () => {
    const withStore = (store: CheckpointStore, signalIn?: AbortController) =>
      options({
        steps: 4,
        validation: {
          every: 2,
          data: function* () {
            signalIn?.abort();
            yield* several(0, 2);
          },
        },
        checkpoint: { store, every: 1 },
        ...(signalIn === undefined ? {} : { signal: signalIn.signal }),
      });
    const [undisturbed, store] = [memoryStore(), memoryStore()];
    disposeTrained(await train(model, data, withStore(undisturbed)).finish());
    for (const step of [2, 4]) {
      const stopped = await train(model, data, withStore(store, new AbortController())).finish();
      expect(stopped).toMatchObject({ step, ended: 'signal' });
      disposeTrained(stopped);
      if (step === 2) {
        // Over the first validation, to the second.
        for await (const taken of train(model, data, withStore(store))) if (taken.step === 3) break;
      }
    }
    disposeTrained(await train(model, data, withStore(store)).finish());
    expect(await store.read()).toEqual(await undisturbed.read());
  });

  it('ends early where validation does not get better', async () => {
    const validation = { data: () => several(0, 1), every: 1, patience: 2 };
    const run = train(model, data, options({ validation, optimizer: sgd(), schedule: constantSchedule(0) }));
    const losses: (number | undefined)[] = [];
    for await (const { validationLoss } of run) losses.push(validationLoss);
    expect(new Set(losses).size).toBe(1);
    expect(await run.finish()).toMatchObject({ step: 3, ended: 'patience' });
  });

  it('moves only what is chosen', async () => {
    const parameters = model.init(createKey(3));
    const { parameters: after } = await train(model, data, options({ parameters, trains: named('norm.*'), steps: 2 })).finish();
    const [old, now] = [await valuesOf(parameters), await valuesOf(after)];
    for (const name of Object.keys(old)) {
      if (name.startsWith('norm.')) expect(now[name]).not.toEqual(old[name]);
      else expect(now[name]).toEqual(old[name]);
    }
  });

  it('names the step and the parameter of what is not finite, and leaves nothing', async () => {
    const broken = defineLayer({
      name: 'broken',
      spec: {
        good: { shape: [1], draw: { kind: 'ones' }, decay: false },
        bad: { shape: [1], draw: { kind: 'zeros' }, decay: false },
      },
      // The root's slope is infinite at 0.
      run: ({ parameters }, x) => add(square(sub(parameters.get('good'), x)), mul(sqrt(parameters.get('bad')), x)),
    });
    const ones = function* () {
      for (;;) yield { x: tensor1d([1]) };
    };
    const before = memory().numTensors;
    await expect(train(broken, ones, options()).finish()).rejects.toThrow(/the gradient of bad must be finite[\s\S]*at step 1/);
    const nan = function* () {
      yield { x: tensor1d([1]) };
      yield { x: tensor1d([Number.NaN]) };
    };
    const lossOnly = defineLayer({
      name: 'loss',
      spec: { good: { shape: [1], draw: { kind: 'ones' }, decay: false } },
      run: ({ parameters }, x) => sum(mul(parameters.get('good'), x)),
    });
    await expect(train(lossOnly, nan, options()).finish()).rejects.toThrow(
      /the loss must be finite[\s\S]*NaN at step 2[\s\S]*check that the ids and labels of the batch are numbers of their tables/,
    );
    expect(memory().numTensors).toBe(before);
  });

  it('hands a memory from step to step, into the checkpoint, and drops it where a text begins', async () => {
    const counting = defineLayer({
      name: 'counting',
      spec: { weight: { shape: [1], draw: { kind: 'ones' }, decay: false } },
      states: ['total', 'calls'],
      run: ({ parameters, state }, x) => {
        const total = add((state.find('total') as Tensor | undefined) ?? scalar(0), sum(x));
        return {
          hidden: mul(parameters.get('weight'), total),
          state: { total, calls: ((state.find('calls') as number | undefined) ?? 0) + 1 },
        };
      },
    });
    const texts = function* (from: number) {
      for (let at = from; ; at++) yield { x: tensor1d([at]), ...(at === 4 ? { carry: () => ({}) } : {}) };
    };
    const store = memoryStore();
    const still = options({ optimizer: sgd(), schedule: constantSchedule(0), checkpoint: { store, every: 1 } });
    const losses: number[] = [];
    for (const steps of [3, 8]) for await (const { loss } of train(counting, texts, { ...still, steps })) losses.push(loss);
    expect(losses).toEqual([0, 1, 3, 6, 4, 9, 15, 22]);
  });

  it('refuses a checkpoint of another key', async () => {
    const store = memoryStore();
    await stepsOf({ steps: 1, checkpoint: { store, every: 1 } });
    await expect(stepsOf({ key: createKey(2), checkpoint: { store, every: 1 } })).rejects.toThrow('the checkpoint must be of this run');
  });
});
