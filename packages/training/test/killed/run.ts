// A run that is killed: trains a model with memory and dropout, and keeps a checkpoint of every step in the folder given.
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { createKey } from '@longspan/core-tensor';
import { resetRows, xlLanguageModel } from '@longspan/memory-xl';
import { adafactor, type Batch, checkpointFolder, cosineSchedule, matrices, muon, named, parameterGroups, train } from '@longspan/training';
import { register } from '@longspan/wasm-backend';
import * as tf from '@tensorflow/tfjs';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import '@tensorflow/tfjs-backend-cpu';

const [folder = '', backend = 'cpu', kernels = 'stock', steps = '30'] = process.argv.slice(2);
tf.enableProdMode();
setWasmPaths(`${dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm'))}/`);
await tf.setBackend(backend);
await tf.ready();
if (kernels === 'ours') await register({ threads: 1 });

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
      x: tf.tensor2d(ids.slice(0, 16), [2, 8], 'int32'),
      context: { targets: ids.slice(1) },
      ...(at % 5 === 0 ? { carry: (state) => resetRows(state, [1]) } : {}),
    };
  }
}

const run = train(model, segments, {
  key: createKey('killed'),
  steps: Number(steps),
  schedule: cosineSchedule({ learningRate: 0.02, steps: Number(steps) }),
  optimizer: parameterGroups([
    { of: (name, shape) => name.startsWith('transformer.layers.') && matrices(name, shape), optimizer: muon() },
    { of: named('*'), optimizer: adafactor({ beta1: 0.9, leastScale: 0 }) },
  ]),
  maxNorm: 1,
  accumulate: 2,
  averageDecay: 0.9,
  checkpoint: { store: checkpointFolder(folder), every: 1 },
});
for await (const { step } of run) process.stdout.write(`${step}\n`);
await run.finish();
