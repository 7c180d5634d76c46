import { createKey } from '@longspan/core-tensor';
import { resetRows } from '@longspan/memory-xl';
import { xlLanguageModel } from '@longspan/models/transformer-xl';
import {
  adafactor,
  type Batch,
  type CheckpointOptions,
  cosineSchedule,
  matrices,
  muon,
  named,
  parameterGroups,
  type TrainingRun,
  train,
} from '@longspan/training';
import '@tensorflow/tfjs'; // its gradients
import { tensor2d } from '@tensorflow/tfjs-core';

const model = xlLanguageModel({
  vocabulary: 16,
  width: 8,
  layers: 2,
  heads: 2,
  headDim: 4,
  innerWidth: 16,
  memoryLength: 8,
  hiddenDropout: 0.1,
});

function* segments(from: number): Generator<Batch> {
  for (let at = from; ; at++) {
    const ids = Array.from({ length: 17 }, (_, index) => (7 * (16 * (at % 5) + index) ** 2) % 16);
    yield {
      x: tensor2d(ids.slice(0, 16), [2, 8], 'int32'),
      context: { targets: ids.slice(1) },
      ...(at % 5 === 0 ? { carry: (state) => resetRows(state, [1]) } : {}),
    };
  }
}

/** A run with all that one can have from step to step: memory, dropout, two optimisers, accumulation, an average, validation, checkpoints. */
export const wholeRun = (steps: number, checkpoint: CheckpointOptions): TrainingRun =>
  train(model, segments, {
    key: createKey('killed'),
    steps,
    schedule: cosineSchedule({ learningRate: 0.02, steps }),
    optimizer: parameterGroups([
      { of: (name, shape) => name.startsWith('transformer.layers.') && matrices(name, shape), optimizer: muon() },
      { of: named('*'), optimizer: adafactor({ beta1: 0.9, leastScale: 0 }) },
    ]),
    maxNorm: 1,
    accumulate: 2,
    averageDecay: 0.9,
    validation: {
      data: function* () {
        const batches = segments(3);
        for (let at = 0; at < 2; at++) yield batches.next().value as Batch;
      },
      every: 4,
    },
    checkpoint,
  });
