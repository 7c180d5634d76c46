import { createKey, defineLayer, linear, loadParameters, packParameters, readSafetensors, saveParameters } from '@longspan/core-tensor';
import { ConfigError, ExplainedError, FileError, stamped } from '@longspan/core-tensor/error';
import { onFewerBackends } from '@longspan/tooling/expect';
import { add, dispose, memory, mul, reshape, square, sub, sum, type Tensor, tensor1d, tensor2d } from '@tensorflow/tfjs-core';
import { expect, it, vi } from 'vitest';
import type { CheckpointStore } from '../checkpoint/checkpoint-folder.ts';
import type { Optimized } from '../optimizer/optimizer.ts';
import { named } from '../optimizer/selection.ts';
import { sgd } from '../optimizer/sgd.ts';
import { constantSchedule } from '../schedule/constant.ts';
import type { Batch } from './batch.ts';
import { CheckpointError } from './checkpoint-error.ts';
import type { Trained, TrainOptions } from './options.ts';
import { train } from './train.ts';

const model = defineLayer({
  name: 'square',
  spec: { weight: { shape: [2], draw: { kind: 'ones' }, decay: false } },
  run: ({ parameters }, x) => square(sub(x, parameters.get('weight'))),
});
function* data(): Generator<Batch> {
  for (;;) yield { x: tensor1d([3, 1]) };
}
const options: TrainOptions = { key: createKey(1), steps: 4, schedule: constantSchedule(0.01), optimizer: sgd() };
const x = (): Tensor => tensor1d([1, 2]);

const disposeTrained = ({ parameters, average }: Trained): void => dispose([{ ...parameters }, { ...average }]);

/** The rule that a run was refused by; it must leave no tensor. */
async function refusal(more: Partial<TrainOptions>, of: unknown = data): Promise<string> {
  const before = memory().numTensors;
  const run = train(model, of as typeof data, { ...options, ...more });
  const error: unknown = await run.finish().then(disposeTrained, (thrown) => thrown);
  expect(memory().numTensors).toBe(before);
  if (error instanceof ExplainedError) return error.message.split('\n')[0] as string;
  throw new Error(`not refused, or by no error of ours: ${error}`);
}

onFewerBackends('mistakes in what a run is given', () => {
  it('are named, whatever a step of an optimiser gives', async () => {
    const step = (given: unknown) => refusal({ optimizer: { name: 'own', step: () => given as Optimized } });
    expect(await step(Number.NaN)).toBe("train: the optimizer's step must give what it changed.");
    expect(await step({ parameters: {} })).toBe("train: the optimizer's step must give what it changed.");
    expect(await step({ parameters: { weight: 1 }, state: {} })).toBe("train: the optimizer's parameters.weight must be a tensor.");
    expect(await step({ parameters: {}, state: { steps: 'two' } })).toBe("train: the optimizer's state.steps must be a tensor.");
    const wrong = tensor1d([1]);
    expect(await step({ parameters: { weight: wrong }, state: {} })).toBe(
      "train: the optimizer's step must give each parameter in its shape.",
    );
    wrong.dispose();
  });

  it('are named, whatever data gives', async () => {
    const notBatches = 'train: data must give batches one after the other.';
    for (const given of [() => undefined, () => 5, async () => []]) expect(await refusal({}, given)).toBe(notBatches);
    for (const batch of [() => null, x]) expect(await refusal({}, () => [batch()])).toBe('train: batch must be a record.');
    expect(await refusal({}, () => [{ x: 1 }])).toBe('train: batch.x must be a tensor.');
    expect(await refusal({}, () => [{ x: x(), context: null }])).toMatch(/^train: context must be /);
    expect(await refusal({}, () => [{ x: x(), contexts: {} }])).toBe('train: every option must be one of those that train knows.');
    expect(await refusal({}, () => [{ x: x(), carry: () => undefined }])).toBe('train: batch.carry(state) must be a record.');
    const validation = { data: () => [{ x: x(), count: -1 }], every: 1 };
    expect(await refusal({ validation })).toBe('train: batch.count must be an integer of at least 0.');
    const nothing = { data: () => [{ x: x(), count: 0 }], every: 1 };
    expect(await refusal({ validation: nothing })).toBe('train: validation.data must have at least one batch with a target.');
  });

  it('are named where nothing would be trained', async () => {
    for (const trains of [() => false, named('wieght')]) {
      expect(await refusal({ trains })).toBe('train: at least one parameter must be trained.');
    }
  });

  it('are named where a model is given whose loss stands beside it', async () => {
    const whole = stamped({ ...model, loss: model });
    expect(() => train(whole, data, options)).toThrow(
      new ConfigError({
        caller: 'train',
        problem: 'model must be one whose result is a loss.',
        expected: 'square.loss, the same model up to its loss',
        got: 'square, whose result is no loss',
        remedy: 'give model.loss: train(model.loss, data, options).',
      }),
    );
    expect(
      await train(whole.loss, data, { ...options, steps: 1 })
        .finish()
        .then(disposeTrained),
    ).toBeUndefined();
  });

  it.each([
    ['learningRate', 'write schedule: constantSchedule(0.001), or one that warms up and falls: warmup(100, cosineSchedule({ … })).'],
    ['lr', 'write schedule: constantSchedule(0.001), or one that warms up and falls: warmup(100, cosineSchedule({ … })).'],
    ['num_train_epochs', 'write steps: epochs times the batches of one; dataInEpochs begins the data anew.'],
    ['epochs', 'write steps: epochs times the batches of one; dataInEpochs begins the data anew.'],
    ['batchSize', 'write accumulate: batches of a step; how many rows a batch has, data says.'],
    ['maxGradNorm', 'write maxNorm.'],
    ['weight_decay', 'write optimizer: adamW({ weightDecay: 0.01 }).'],
    ['patience', 'write validation: { data, every, patience }.'],
    ['seed', 'write key: createKey(seed).'],
    ['stepz', 'did you mean steps?'],
  ])('say how %s of other libraries is written', (name, remedy) => {
    expect(() => train(model, data, { ...options, [name]: 1 })).toThrow(
      `  got       ${name}\n  remedy    ${remedy} Else leave ${name} out.`,
    );
  });

  it('of packed weights that nobody trains are told once, and only where they were chosen', async () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    const inner = linear({ inFeatures: 2, outFeatures: 3 });
    const whole = inner.init(createKey(1));
    const parameters = await packParameters(inner, whole, 'int8');
    const packed = async (more: Partial<TrainOptions>): Promise<readonly unknown[]> => {
      const rows = () => [{ x: tensor2d([[1, 2]]) }, { x: tensor2d([[3, 4]]) }];
      disposeTrained(await train(inner, rows, { ...options, steps: 2, parameters, ...more }).finish());
      return warn.mock.calls.splice(0).flat();
    };
    expect(await packed({})).toEqual([
      "train: 1 of 2 parameters are packed, and stay as they are: weight. Read the checkpoint with precision: 'float32' to train them, or train " +
        'lora(model, parameters) beside them; a `trains` that leaves them out ends this message.',
    ]);
    expect(await packed({ trains: named('bias') })).toEqual([]);
    expect(await packed({ parameters: whole })).toEqual([]);
    warn.mockRestore();
    dispose([whole, parameters] as object as Tensor[]);
  });

  it('leave a batch of tensors at any depth to be disposed', async () => {
    const before = memory().numTensors;
    const cross = defineLayer({
      name: 'cross',
      reads: ['encoder', 'rows'],
      spec: { weight: { shape: [2], draw: { kind: 'ones' }, decay: false } },
      run: ({ parameters }, from, context) => {
        const { encoder, rows } = context as unknown as { readonly encoder: { readonly hidden: Tensor }; readonly rows: readonly [Tensor] };
        return square(sub(add(from, add(encoder.hidden, rows[0])), parameters.get('weight')));
      },
    });
    const batch = (): Batch => {
      const encoder: Record<string, unknown> = { hidden: x() };
      encoder['itself'] = encoder;
      return { x: x(), context: { encoder, rows: [x()] } };
    };
    const validation = { data: () => [batch(), batch()], every: 2 };
    const endless = function* () {
      for (;;) yield batch();
    };
    const trained = await train(cross as never, endless, { ...options, validation }).finish();
    expect(trained.step).toBe(4);
    disposeTrained(trained);
    expect(memory().numTensors).toBe(before);
  });
});

/** A store of these bytes. */
const storeOf = (bytes: Uint8Array<ArrayBuffer> | undefined): CheckpointStore => ({ read: async () => bytes, write: async () => {} });

/** The bytes of a checkpoint of a run. */
async function checkpointOf(more: Partial<TrainOptions> = {}): Promise<Uint8Array<ArrayBuffer>> {
  let written: Uint8Array<ArrayBuffer> | undefined;
  const store: CheckpointStore = {
    read: async () => undefined,
    write: async (bytes) => {
      written = bytes;
    },
  };
  disposeTrained(await train(model, data, { ...options, steps: 2, ...more, checkpoint: { store, every: 1 } }).finish());
  return written as Uint8Array<ArrayBuffer>;
}

onFewerBackends('a checkpoint', () => {
  it('that is damaged is named by what is wrong in it', async () => {
    const [weight, key] = [{ 'parameters.weight': x() }, options.key.words];
    const whole = {
      version: 1,
      optimizer: 'sgd',
      key,
      step: 1,
      position: 1,
      best: null,
      waited: 0,
      validated: 0,
      optimizerState: {},
      state: {},
    };
    const resumed = async (training: string | undefined): Promise<string> => {
      const bytes = await saveParameters(weight, training === undefined ? {} : { metadata: { training } });
      return refusal({ checkpoint: { store: storeOf(bytes), every: 1 } });
    };
    for (const training of [undefined, '5', '{"version":2}'])
      expect(await resumed(training)).toBe('train: the checkpoint must be of this run.');
    const wrong: readonly object[] = [
      { key: 'a' },
      { key: undefined },
      { step: 'x' },
      { step: -1 },
      { position: null },
      { waited: 'x' },
      { best: 'x' },
      { optimizer: 1 },
      { optimizerState: { step: 'x' } },
      { state: null },
    ];
    const texts = ['hello', '[', '[['.repeat(100_000), ...wrong.map((part) => JSON.stringify({ ...whole, ...part }))];
    for (const text of texts) expect(await resumed(text)).toMatch(/^train: the checkpoint must be (whole|of this run)[.]$/);
    expect(await resumed(JSON.stringify({ ...whole, step: 'x' }))).toBe('train: the checkpoint must be whole.');
    const run = train(model, data, {
      ...options,
      checkpoint: { store: storeOf(await saveParameters(weight, { metadata: { training: JSON.stringify(whole) } })), every: 1 },
    });
    expect((await run.finish()).step).toBe(4); // as it is, it is taken
    dispose(weight);
  });

  it('goes on with an average, or without one, as it began', async () => {
    const [without, kept] = [await checkpointOf(), await checkpointOf({ averageDecay: 0.9 })];
    const rule = 'train: the checkpoint must be of this run.';
    expect(await refusal({ averageDecay: 0.9, checkpoint: { store: storeOf(without), every: 1 } })).toBe(rule);
    expect(await refusal({ checkpoint: { store: storeOf(kept), every: 1 } })).toBe(rule);
  });

  it('whose average has not the shapes of its parameters is named before the first step', async () => {
    const before = memory().numTensors;
    const kept = await checkpointOf({ averageDecay: 0.9 });
    const { metadata } = readSafetensors(kept);
    const again = async (change: (tensors: Record<string, Tensor>) => Record<string, Tensor>): Promise<string> => {
      const read = { ...loadParameters(kept) };
      const changed = change(read);
      const bytes = await saveParameters(changed, { metadata });
      dispose([read, changed]);
      return refusal({ averageDecay: 0.9, checkpoint: { store: storeOf(bytes), every: 1 } });
    };
    const rule = 'train: the moving average of a checkpoint must have the shapes of its parameters.';
    expect(await again((tensors) => ({ ...tensors, 'average.weight': reshape(tensors['average.weight'] as Tensor, [-1, 1, 1]) }))).toBe(
      rule,
    );
    expect(memory().numTensors).toBe(before);
  });

  it('that cannot be written ends the run, whose weights are in the error', async () => {
    const before = memory().numTensors;
    const full: CheckpointStore = { read: async () => undefined, write: async () => Promise.reject(new Error('ENOSPC: no space left')) };
    const run = train(model, data, { ...options, averageDecay: 0.5, checkpoint: { store: full, every: 3 } });
    const steps: number[] = [];
    const looped = (async () => {
      for await (const { step } of run) steps.push(step);
    })();
    const error: unknown = await looped.then(undefined, (thrown) => thrown);
    if (!(error instanceof CheckpointError)) throw error;
    expect(error).toBeInstanceOf(FileError);
    expect(error.message).toContain('got       ENOSPC: no space left');
    expect([steps, error.trained.step, error.trained.ended]).toEqual([[1, 2], 3, 'checkpoint']);
    await expect(run.finish()).rejects.toBe(error);
    const plain = await train(model, data, { ...options, steps: 3 }).finish();
    expect(await error.trained.parameters['weight']?.data()).toEqual(await plain.parameters['weight']?.data());
    [error.trained, plain].forEach(disposeTrained);
    expect(memory().numTensors).toBe(before);
  });

  it('that has no place is refused before the first step', async () => {
    const store = { ...storeOf(undefined), prepare: async () => Promise.reject(new ExplainedError(noPlace)) };
    let batches = 0;
    const counted = function* () {
      for (const batch of data()) {
        batches++;
        yield batch;
      }
    };
    expect(await refusal({ checkpoint: { store, every: 1 } }, counted)).toBe('checkpointFolder: there is no place.');
    expect(batches).toBe(0);
    expect(sum(mul(x(), 0)).shape).toEqual([]);
  });
});

const noPlace = { caller: 'checkpointFolder', problem: 'there is no place.', expected: 'one', got: 'none', remedy: 'make one.' };

onFewerBackends('the signal', () => {
  it('ends a run whose data does not answer, and one in the middle of its validation', async () => {
    const before = memory().numTensors;
    const stalled = async function* (): AsyncGenerator<Batch> {
      yield { x: x() };
      await new Promise(() => {});
    };
    for (const more of [{}, { validation: { data: stalled, every: 1 } }]) {
      const controller = new AbortController();
      const of = 'validation' in more ? data : stalled;
      const run = train(model, of, { ...options, ...more, signal: controller.signal });
      setTimeout(() => controller.abort(), 50);
      const trained = await run.finish();
      expect([trained.step, trained.ended]).toEqual([1, 'signal']);
      disposeTrained(trained);
    }
    expect(memory().numTensors).toBe(before);
  });

  it('disposes the batch that comes after it', async () => {
    const before = memory().numTensors;
    let answer = (_: Batch): void => {};
    const late = async function* (): AsyncGenerator<Batch> {
      yield await new Promise<Batch>((resolve) => {
        answer = resolve;
      });
    };
    const controller = new AbortController();
    const run = train(model, late, { ...options, signal: controller.signal });
    setTimeout(() => controller.abort(), 20);
    const trained = await run.finish();
    disposeTrained(trained);
    answer({ x: x() });
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(memory().numTensors).toBe(before);
  });
});
