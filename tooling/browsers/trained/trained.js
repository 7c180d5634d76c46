import { createKey } from '@longspan/core-tensor';
import { resetRows } from '@longspan/memory-xl';
import { xlLanguageModel } from '@longspan/models/transformer-xl';
import { byteTokens, checkpointFolder, cosineSchedule, dataFrom, segments, train } from '@longspan/training';
import { register } from '@longspan/wasm-backend';
import * as tf from '@tensorflow/tfjs';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';

const model = xlLanguageModel({
  vocabulary: 256,
  width: 8,
  layers: 2,
  heads: 2,
  headDim: 4,
  innerWidth: 16,
  memoryLength: 8,
  hiddenDropout: 0.1,
});

const texts = ['Call me Ishmael. ', 'Some years ago - never mind how long precisely - ', 'having little or no money in my purse, '];
async function* documents() {
  for (;;) for (const text of texts) yield byteTokens(new Blob([text]).stream());
}

/** What a first write leaves that came to no end. */
async function leaveEmpty(name) {
  let directory = await navigator.storage.getDirectory();
  for (const each of ['runs', name]) directory = await directory.getDirectoryHandle(each, { create: true });
  await directory.getFileHandle('checkpoint.safetensors', { create: true });
}

/** Trains to the end, from the checkpoint in the folder of that name where there is one. */
export async function trained({ name, writes }, onStep) {
  if (writes === 'an access handle') delete FileSystemFileHandle.prototype.createWritable; // as browsers are that have none
  setWasmPaths('/tfjs/');
  tf.enableProdMode();
  await register({ threads: 1 });
  const store = checkpointFolder(`runs/${name}`);
  if (name === 'reloaded' && (await store.read()) === undefined) await leaveEmpty(name);
  const steps = 20;
  const data = dataFrom((position) => segments(documents(), { segmentLength: 8, batch: 2, position }), { reset: resetRows });
  const run = train(model, data, {
    key: createKey('page'),
    steps,
    schedule: cosineSchedule({ learningRate: 0.01, steps }),
    averageDecay: 0.9,
    checkpoint: { store, every: 1 },
  });
  const taken = [];
  for await (const { step, loss } of run) {
    taken.push([step, loss]);
    onStep(step);
  }
  await run.finish();
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', await store.read()));
  return { taken, writable: 'createWritable' in FileSystemFileHandle.prototype, checkpoint: [...digest].join() };
}
