import { compareParameters, type Parameters } from '@longspan/core-tensor';
import { ConfigError, inNameOf, requireInteger, requireKind, requireKnown, show } from '@longspan/core-tensor/error';
import { checkParameters } from '@longspan/core-tensor/layer';
import { clone, dispose, getGradient, tidy } from '@tensorflow/tfjs-core';
import { checkpointBytes, disposeProgress, type Progress, readCheckpoint } from '../checkpoint/checkpoint.ts';
import { adamW } from '../optimizer/adam-w.ts';
import { requireOptimizer } from '../optimizer/parameter-groups.ts';
import { decayedBy } from '../optimizer/selection.ts';
import { batchesOf, closeBatches, type Data } from './batch.ts';
import { CheckpointError } from './checkpoint-error.ts';
import { lossOn } from './loss-on.ts';
import type { Trained, TrainingRun, TrainingStep, TrainOptions } from './options.ts';
import type { LossModel } from './pass.ts';
import { takeStep } from './take-step.ts';
import { trainedNames } from './trained-names.ts';
import { trainElsewhere } from './written-elsewhere.ts';

const caller = 'train';

/**
 * Trains a model as an iterator of steps. Nothing runs before the first step is asked for. The same key, data and options give the same
 * weights bit for bit, also when the run was killed and goes on from its checkpoint, on backends whose kernels are deterministic.
 * @shape a batch's x and context: what the model takes; the model's result: a loss, or losses of any shape whose mean it is
 * @param model a layer whose result is the loss: `languageModel(…).loss`, say
 * @param data batches from a position on
 * @throws ConfigError for an option out of its range, without tfjs's gradients, and for a checkpoint of another run; FileError for a
 *   damaged one; CheckpointError, which holds what was trained, when one cannot be written; ExplainedError that names the step and the
 *   parameter when a loss or a gradient is not finite
 * @cost that of the model, forward and backward, and of the optimiser; two numbers are read back a step, before the weights move
 * @example
 * const model = defineLayer({ name: 'square', spec: { weight: { shape: [1], draw: { kind: 'ones' }, decay: false } }, run: ({ parameters }, x) => square(sub(x, parameters.get('weight'))) });
 * const data = function* () { for (;;) yield { x: tensor1d([3]) }; };
 * const run = train(model, data, { key: createKey(1), steps: 20, schedule: constantSchedule(0.25), optimizer: sgd() });
 * const losses = [];
 * for await (const { loss } of run) losses.push(loss);
 * losses.slice(0, 3); // => [4, 1, 0.25]
 * const { parameters, ended } = await run.finish();
 * [Math.round((await parameters.weight.data())[0]), ended]; // => [3, 'steps']
 */
export function train(model: LossModel, data: Data, options: TrainOptions): TrainingRun {
  check(model, data, options);
  let result: Trained | undefined;
  let failure: { readonly error: unknown } | undefined;
  let current: Omit<Trained, 'ended'> | undefined;
  const steps = stepsOf(
    model,
    data,
    { ...options },
    {
      took: (run) => {
        current = run;
      },
      finished: (trained) => {
        result = trained;
      },
    },
  );
  const watched = (async function* () {
    try {
      yield* steps;
    } catch (error) {
      failure = { error };
      throw error;
    }
  })();
  return {
    [Symbol.asyncIterator]: () => watched,
    now: () => (failure === undefined ? (result ?? current) : undefined),
    async finish() {
      for await (const _ of watched) {
        // Each turn is a step.
      }
      if (failure !== undefined) throw failure.error;
      if (result !== undefined) return result;
      throw new ConfigError({
        caller,
        problem: 'the run must have begun before its loop is left.',
        expected: 'a step, or finish() alone',
        got: 'a loop that was left before the first step',
        remedy: 'call finish() on a run of its own.',
      });
    },
  };
}

/** Who is told what a run has come to. */
interface Listener {
  took(run: Omit<Trained, 'ended'>): void;
  finished(trained: Trained): void;
}

async function* stepsOf(
  model: LossModel,
  data: Data,
  options: TrainOptions,
  { took, finished }: Listener,
): AsyncGenerator<TrainingStep, undefined> {
  const { key, steps, averageDecay, validation, checkpoint, signal, optimizer = adamW({ decays: decayedBy(model) }) } = options;
  const identity = { key: key.words, optimizer: optimizer.name, averages: averageDecay !== undefined };
  const saved = await checkpoint?.store.read();
  let run = saved === undefined ? beginning(model, options) : readCheckpoint(caller, saved, model, identity);
  let written = saved === undefined ? undefined : run;
  let ended: Trained['ended'] = 'left';
  const save = async (): Promise<void> => {
    if (checkpoint === undefined || written === run) return;
    const bytes = await checkpointBytes(run, identity);
    try {
      await checkpoint.store.write(bytes);
    } catch (error) {
      throw new CheckpointError(error, trainedBy(run, 'checkpoint'));
    }
    written = run;
  };
  /** Validates where it is due: after so many steps, and where a run goes on that was stopped in the middle of it. */
  const validate = async (): Promise<number | 'signal' | undefined> => {
    if (validation === undefined || run.step === 0 || run.step % validation.every !== 0 || run.validated === run.step) return undefined;
    const weights = averageDecay === undefined ? run.parameters : { ...run.parameters, ...run.average };
    const found = await lossOn(model, weights, validation.data, signal);
    if (found === 'signal') return found;
    const isBetter = found < run.best;
    run = { ...run, best: isBetter ? found : run.best, waited: isBetter ? 0 : run.waited + 1, validated: run.step };
    return found;
  };
  const batches = batchesOf(caller, data, run.position);
  try {
    const fixed = { ...options, optimizer, trained: trainedNames(model, run.parameters, options.trains ?? (() => true)) };
    if (run.step < steps) await checkpoint?.store.prepare?.(bytesOf(run.parameters));
    if ((await validate()) === 'signal') ended = 'signal';
    while (ended !== 'signal' && run.step < steps && run.waited < (validation?.patience ?? Number.POSITIVE_INFINITY)) {
      const taken = await takeStep(model, run, batches, fixed);
      if (typeof taken === 'string') {
        ended = taken;
        break;
      }
      run = taken.run;
      const validationLoss = await validate();
      if (validationLoss === 'signal') {
        ended = validationLoss;
        break;
      }
      if (checkpoint !== undefined && run.step % checkpoint.every === 0) await save();
      const { parameters, average, state, step } = run;
      took({ parameters, average, state, step });
      yield { ...taken.step, steps, ...(validationLoss === undefined ? {} : { validationLoss }) };
    }
    if (ended === 'left') ended = run.step >= steps ? 'steps' : 'patience';
    await save();
  } catch (error) {
    // What could not be written is in the error, for whoever catches it.
    if (!(error instanceof CheckpointError)) disposeProgress(run);
    await closeBatches(batches, signal);
    throw error;
  } finally {
    // A loop around the run that is left comes here as well.
    await closeBatches(batches, signal);
    dispose(Object.values(run.optimizerState).filter((each) => typeof each !== 'number'));
    finished(trainedBy(run, ended));
  }
  return undefined;
}

const bytesOf = (parameters: Parameters): number => Object.values(parameters).reduce((sum, { size }) => sum + 4 * size, 0);

const trainedBy = ({ parameters, average, state, step }: Progress, ended: Trained['ended']): Trained => ({
  parameters,
  average,
  state,
  step,
  ended,
});

/** A run before its first step. */
function beginning(model: LossModel, { key, parameters, averageDecay }: TrainOptions): Progress {
  const copied = (record: Parameters): Parameters =>
    tidy(() => Object.fromEntries(Object.entries(record).map(([name, each]) => [name, clone(each)])));
  if (parameters !== undefined) inNameOf('train', () => compareParameters(model, parameters)); // a record of tensors
  const first = parameters === undefined ? model.init(key.fold('parameters')) : copied(parameters);
  const floats = Object.fromEntries(Object.entries(first).filter(([, { dtype }]) => dtype === 'float32'));
  const average = averageDecay === undefined ? {} : copied(floats);
  return {
    parameters: first,
    optimizerState: {},
    state: {},
    average,
    step: 0,
    position: 0,
    best: Number.POSITIVE_INFINITY,
    waited: 0,
    validated: 0,
  };
}

function check(model: LossModel, data: Data, options: TrainOptions): void {
  requireKind(caller, 'model', model, 'layer');
  requireLoss(model);
  requireKind(caller, 'data', data, 'function');
  requireKnown(
    caller,
    options,
    {
      key: true,
      steps: true,
      schedule: true,
      optimizer: 'record',
      parameters: 'record',
      trains: 'function',
      maxNorm: 'positive',
      accumulate: true,
      averageDecay: 'amount',
      validation: 'record',
      checkpoint: 'record',
      signal: true,
    },
    trainElsewhere,
  );
  const { key, steps, schedule, optimizer, parameters, accumulate = 1, averageDecay = 0, validation, checkpoint, signal } = options;
  requireKind(caller, 'key', key, 'key');
  requireKind(caller, 'schedule', schedule, 'function');
  requireInteger(caller, { steps, accumulate }, 1);
  if (optimizer !== undefined) requireOptimizer(caller, 'optimizer', optimizer);
  if (parameters !== undefined) checkParameters(caller, model.spec, parameters);
  if (averageDecay > 1) throw wrong('averageDecay must be in [0, 1].', 'a number from 0 to 1', show(averageDecay), 'give 0.999, say.');
  if (validation !== undefined) {
    requireKnown(caller, validation, { data: true, every: true, patience: true });
    requireKind(caller, 'validation.data', validation.data, 'function');
    requireInteger(caller, { 'validation.every': validation.every, 'validation.patience': validation.patience ?? 1 }, 1);
  }
  if (checkpoint !== undefined) {
    requireKnown(caller, checkpoint, { store: true, every: true });
    requireInteger(caller, { 'checkpoint.every': checkpoint.every }, 1);
    const { store } = checkpoint;
    const isStore = typeof store?.read === 'function' && typeof store.write === 'function';
    if (!isStore || !['undefined', 'function'].includes(typeof store.prepare)) {
      throw wrong(
        'checkpoint.store must be a place for checkpoints.',
        '{ read, write }, and prepare where there is one: functions',
        show(store),
        'give checkpointFolder(path).',
      );
    }
  }
  if (signal !== undefined && !(typeof signal?.aborted === 'boolean' && typeof signal.addEventListener === 'function')) {
    throw wrong('signal must be an AbortSignal.', 'the signal of an AbortController', show(signal), 'give new AbortController().signal.');
  }
  if (getGradient('Sum') === undefined) {
    throw wrong("tfjs's gradients must be registered.", '@tensorflow/tfjs', 'tfjs-core alone', "import '@tensorflow/tfjs' once.");
  }
}

/** What a model reads that gives a loss. */
const targets = ['targets', 'labels', 'startPositions'];

/** Throws for a model beside whose loss it stands: its logits would be taken for losses. */
function requireLoss(model: LossModel & { readonly loss?: unknown }): void {
  if (typeof model.loss !== 'object' || model.reads.some((name) => targets.includes(name))) return;
  throw wrong(
    'model must be one whose result is a loss.',
    `${model.name}.loss, the same model up to its loss`,
    `${model.name}, whose result is no loss`,
    'give model.loss: train(model.loss, data, options).',
  );
}

const wrong = (problem: string, expected: string, got: string, remedy: string): ConfigError =>
  new ConfigError({ caller, problem, expected, got, remedy });
