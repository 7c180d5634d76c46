import { writeSync } from 'node:fs';
import { createKey } from '@longspan/core-tensor';
import { resetRows, xlLanguageModel } from '@longspan/memory-xl';
import {
  adafactor,
  type Batch,
  type CheckpointStore,
  checkpointFolder,
  cosineSchedule,
  matrices,
  muon,
  named,
  parameterGroups,
  train,
} from '@longspan/training';
import '@tensorflow/tfjs'; // its gradients
import { tensor2d } from '@tensorflow/tfjs-core';

/** Tells whoever started the process where it stands, before anything else happens. */
const tell = (what: string): void => void writeSync(1, `${what}\n`);

const told = ({ read, write }: CheckpointStore): CheckpointStore => ({
  async read() {
    tell('read');
    const bytes = await read();
    tell('step');
    return bytes;
  },
  async write(bytes) {
    tell('write');
    await write(bytes);
    tell('step');
  },
});

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

/**
 * The run that is killed: a model with memory and dropout, two optimisers, accumulation, a moving average, validation, and a checkpoint of every
 * step in the folder. Writes a line when it begins to read its checkpoint (`read`), to step (`step`) and to write a checkpoint (`write`).
 */
export async function trainInFolder(folder: string, steps: number): Promise<void> {
  const run = train(model, segments, {
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
    checkpoint: { store: told(checkpointFolder(folder)), every: 1 },
  });
  await run.finish();
}
