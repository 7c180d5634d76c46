import { createKey, linear } from '@longspan/core-tensor';
import { adamW, constantSchedule } from '@longspan/training';
import { ones, tensor2d } from '@tensorflow/tfjs-core';
import { type Accepted, type Row, row, type Table } from '../row.ts';
import { adaptersTable } from './training-adapters.ts';
import { dataTable } from './training-data.ts';
import { metricsTable } from './training-metrics.ts';
import { tasksTable } from './training-tasks.ts';

const tensors = () => ({ weight: ones([2, 2]) });
/** Records have the names of the parameters, of any rank. */
const anyRecord: Accepted = { '0.*': ['rank', 'empty', 'misspelt'] };
const step = { calls: [() => [tensors(), tensors(), {}, 0.1]] };
const huge = ['2^53', '2^53 - 1'] as const;
const optimizer = (config: () => object, accepts: Accepted = {}): Row =>
  row([() => [config()]], { '0': ['record', 'bare'], ...accepts }, { methods: { step } });

const optimizers: Table = {
  adafactor: optimizer(() => ({ epsilon: 1e-30, clipThreshold: 1, decayRate: -0.8, beta1: 0.9, weightDecay: 0, leastScale: 0 }), {
    '0.clipThreshold': huge,
    '0': [],
    '0.decayRate': ['-1'],
    '0.weightDecay': huge,
    '0.leastScale': huge,
  }),
  adafactorRate: row([() => [ones([2]), 0.1, 0.001]], { '0': ['rank', 'empty'] }),
  adamW: optimizer(() => ({ beta1: 0.9, beta2: 0.99, epsilon: 1e-8, weightDecay: 0.1, decays: () => true })),
  decayedBy: row([() => [linear({ inFeatures: 1, outFeatures: 1 })]]),
  matrices: { unchecked: 'a test that others call with names and shapes' },
  muon: optimizer(() => ({ momentum: 0.9, iterations: 2, weightDecay: 0.1, decays: () => true })),
  named: row([() => ['*.weight', 'bias']], { '0': ['text'], '1': ['text'] }),
  parameterGroups: row([() => [[{ of: () => true, optimizer: adamW(), rate: 1 }]]], {}, { methods: { step } }),
  sgd: optimizer(() => ({ momentum: 0.9, weightDecay: 0.1, decays: () => true })),
};

const gradients: Table = {
  clipByGlobalNorm: row([() => [{ weight: tensor2d([[1]]) }, 1]], { ...anyRecord, '1': huge }),
  globalNorm: row([() => [{ weight: tensor2d([[1]]) }]], anyRecord),
  movingAverage: row([() => [tensors(), tensors(), 0.9]], { '1.*': ['dtype', 'missing'] }),
};

const decay = { learningRate: 0.1, steps: 10 };
const schedules: Table = {
  constantSchedule: row([() => [1e-3]]),
  cosineRestarts: row([() => [{ ...decay, cycles: 2 }]]),
  cosineSchedule: row([() => [{ ...decay, cycles: 0.5, floor: 0.01 }]]),
  inverseSquareRoot: row([() => [{ learningRate: 0.1, timescale: 10 }]], { '0.timescale': huge }),
  linearSchedule: row([() => [decay]]),
  relativeSteps: row([() => [{ most: 0.1, rise: 1e-6 }]]),
  stableDecay: row([() => [{ learningRate: 0.1, stableSteps: 3, decaySteps: 4, floor: 0.01 }]]),
  warmup: row([() => [2, constantSchedule(0.1)]]),
};

const model = linear({ inFeatures: 2, outFeatures: 1 });
const store = () => ({ read: async () => undefined, write: async () => {} });
const batches = function* () {
  yield { x: ones([1, 2]) };
};

const runs: Table = {
  CheckpointError: { unchecked: 'an error that train throws' },
  checkpointFolder: row([() => ['runs/first']], { '0': ['text'] }),
  train: row([
    () => [
      model,
      batches,
      {
        key: createKey(1),
        steps: 1,
        schedule: constantSchedule(0.1),
        optimizer: adamW(),
        parameters: model.init(createKey(0)),
        trains: () => true,
        maxNorm: 1,
        accumulate: 1,
        averageDecay: 0.9,
        validation: { data: batches, every: 1, patience: 1 },
        checkpoint: { store: store(), every: 1 },
        signal: new AbortController().signal,
      },
    ],
  ]),
};

/** Each folder of the package has a table of its own, joined here. */
export const training: Table = {
  ...optimizers,
  ...gradients,
  ...schedules,
  ...runs,
  ...metricsTable,
  ...dataTable,
  ...tasksTable,
  ...adaptersTable,
};
