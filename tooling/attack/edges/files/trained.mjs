import '@tensorflow/tfjs-backend-cpu';
import { createKey, linear } from '@longspan/core-tensor';
import { adafactor, adamW, constantSchedule, muon, parameterGroups, sgd } from '@longspan/training';
import * as tf from '@tensorflow/tfjs';

// Checkpoints: of a run of a few steps, then damaged.
export const model = linear({ inFeatures: 3, outFeatures: 2 });

export const optimizers = {
  adamW: () => adamW(),
  sgd: () => sgd({ momentum: 0.9 }),
  groups: () =>
    parameterGroups([
      { of: (n, shape) => shape.length === 2 && n.includes('one'), optimizer: muon() },
      { of: () => true, optimizer: adafactor({ beta1: 0.9, leastScale: 0 }) },
    ]),
};

export const makeLoss = async () => {
  // a residual-free model whose result is a loss
  const { languageModel } = await import('@longspan/models/language-model');
  return languageModel({ vocabulary: 7, width: 4, layers: { one: linear({ inFeatures: 4, outFeatures: 4 }) } }).loss;
};

export const data = function* (from) {
  for (let at = from; ; at++)
    yield {
      x: tf.tensor2d([[at % 7, (at + 1) % 7, (at * 3) % 7]], [1, 3], 'int32'),
      context: { targets: tf.tensor2d([[(at + 1) % 7, 2, 3]], [1, 3], 'int32') },
    };
};

export const store = (bytes) => {
  const s = {
    bytes,
    read: async () => s.bytes,
    write: async (b) => {
      s.bytes = b;
    },
  };
  return s;
};

export const options = (which, steps, st, more = {}) => ({
  key: createKey('file'),
  steps,
  schedule: constantSchedule(0.01),
  optimizer: optimizers[which](),
  checkpoint: { store: st, every: 1 },
  ...more,
});
