import {
  type Layer,
  type LayerOutput,
  type LayerState,
  loadParameters,
  type Parameters,
  prefixed,
  readSafetensors,
  saveParameters,
} from '@longspan/core-tensor';
import { ConfigError, FileError, show } from '@longspan/core-tensor/error';
import { dispose, type Tensor, tidy } from '@tensorflow/tfjs-core';
import type { OptimizerState } from '../optimizer/optimizer.ts';
import { type Numbers, readNumbers } from './numbers.ts';

/** All that a run is between two steps: from here it goes on to the same bits. */
export interface Progress {
  readonly parameters: Parameters;
  readonly optimizerState: OptimizerState;
  /** The model's memories, buckets and centroids. */
  readonly state: LayerState;
  /** The moving average of the weights; none without one. */
  readonly average: Parameters;
  /** Steps that were taken. */
  readonly step: number;
  /** Batches that were read. */
  readonly position: number;
  /** The least validation loss so far, and how many validations ago it was. */
  readonly best: number;
  readonly waited: number;
  /** The step of the last validation: one that was stopped is made up for. */
  readonly validated: number;
}

/** Who wrote a checkpoint: it belongs to no other run. */
export interface RunIdentity {
  readonly key: readonly [number, number];
  readonly optimizer: string;
  /** Whether it keeps a moving average of the weights. */
  readonly averages: boolean;
}

type Mixed = Readonly<Record<string, Tensor | number>>;

const numbersOf = (record: Mixed): Record<string, number> =>
  Object.fromEntries(Object.entries(record).filter((entry): entry is [string, number] => typeof entry[1] === 'number'));
const tensorsOf = (record: Mixed): Record<string, Tensor> =>
  Object.fromEntries(Object.entries(record).filter((entry): entry is [string, Tensor] => typeof entry[1] !== 'number'));

/** Disposes all tensors of a run. */
export const disposeProgress = ({ parameters, optimizerState, state, average }: Progress): void =>
  dispose([{ ...parameters }, tensorsOf(optimizerState), tensorsOf(state), { ...average }]);

/** The bytes of a safetensors file of all of it. */
export function checkpointBytes(run: Progress, { key, optimizer }: Omit<RunIdentity, 'averages'>): Promise<Uint8Array<ArrayBuffer>> {
  const { parameters, optimizerState, state, average, step, position, best, waited, validated } = run;
  const numbers: Numbers = {
    version: 1,
    optimizer,
    key,
    step,
    position,
    best: Number.isFinite(best) ? best : null,
    waited,
    validated,
    optimizerState: numbersOf(optimizerState),
    state: numbersOf(state),
  };
  const tensors = {
    ...prefixed('parameters', parameters),
    ...prefixed('optimizer', tensorsOf(optimizerState)),
    ...prefixed('state', tensorsOf(state)),
    ...prefixed('average', average),
  };
  return saveParameters(tensors, { metadata: { training: JSON.stringify(numbers) } });
}

/**
 * Reads a run from the bytes of its checkpoint.
 * @throws ConfigError when another run wrote it; FileError when it is damaged
 */
export function readCheckpoint(
  caller: string,
  bytes: Uint8Array<ArrayBuffer>,
  model: Layer<never, LayerOutput>,
  { key, optimizer, averages }: RunIdentity,
): Progress {
  const { metadata, tensors } = readSafetensors(bytes);
  const numbers = readNumbers(caller, metadata['training']);
  if (numbers.key.join() !== key.join()) throw ofAnotherRun(caller, `the key ${key.join(', ')}`, numbers.key.join(', '));
  if (numbers.optimizer !== optimizer) throw ofAnotherRun(caller, `the optimiser ${optimizer}`, numbers.optimizer);
  const hasAverage = [...tensors.keys()].some((name) => name.startsWith('average.'));
  if (hasAverage !== averages) {
    const [without, kept] = ['no averageDecay', 'an averageDecay'];
    throw ofAnotherRun(caller, averages ? kept : without, hasAverage ? kept : without);
  }
  const { step, position, best, waited, validated } = numbers;
  // Where one part cannot be read, those before it are disposed.
  const read = tidy(() => {
    const part = (prefix: string): Record<string, Tensor> => loadParameters(bytes, { prefix });
    const parameters = loadParameters(bytes, { prefix: 'parameters', layer: model });
    const average = part('average');
    if (averages) requireAverage(caller, average, parameters);
    return { parameters: { ...parameters }, optimizer: part('optimizer'), state: part('state'), average };
  });
  return {
    parameters: read.parameters,
    optimizerState: { ...read.optimizer, ...numbers.optimizerState },
    state: { ...read.state, ...numbers.state },
    average: read.average,
    step,
    position,
    best: best ?? Number.POSITIVE_INFINITY,
    waited,
    validated,
  };
}

/** Throws unless the moving average has every number that is trained, in its shape. */
function requireAverage(caller: string, average: Parameters, parameters: Parameters): void {
  for (const [name, { dtype, shape }] of Object.entries(parameters)) {
    const own = average[name];
    if (dtype !== 'float32' || (own?.dtype === dtype && own.shape.join() === shape.join())) continue;
    throw new FileError({
      caller,
      problem: 'the moving average of a checkpoint must have the shapes of its parameters.',
      expected: `average.${name}, float32 [${shape.join(', ')}]`,
      got: own === undefined ? 'none' : show(own),
      remedy: 'take an older checkpoint, or begin anew: this file was changed or damaged.',
    });
  }
}

const ofAnotherRun = (caller: string, expected: string, got: string): ConfigError =>
  new ConfigError({
    caller,
    problem: 'the checkpoint must be of this run.',
    expected,
    got,
    remedy: 'go on with the key, the optimiser and the averageDecay of that run, or give this one a folder of its own.',
  });
