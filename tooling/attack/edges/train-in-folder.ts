// A process that trains in a folder: folder, steps, mode, kernels, key.
import { writeSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-cpu';
import { multiHeadAttention, slidingWindow } from '@longspan/attention-sparse';
import { createKey, transformerLayer } from '@longspan/core-tensor';
import { languageModel } from '@longspan/models/language-model';
import { adamW, checkpointFolder, cosineSchedule, train } from '@longspan/training';

const [folder, steps, mode, kernels, key] = process.argv.slice(2) as [string, string, string, string, string];
const tell = (text: string): void => void writeSync(1, `${text}\n`);
try {
  if (kernels === 'wasm') {
    const wasm = await import('@tensorflow/tfjs-backend-wasm');
    const { register } = await import('@longspan/wasm-backend');
    wasm.setWasmPaths(`${dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm'))}/`);
    await register({ threads: mode === 'threads' ? 2 : 1 });
  } else await tf.setBackend('cpu');
  const stop = new AbortController();
  if (mode === 'signal') for (const name of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(name, () => stop.abort());
  const layer = transformerLayer({
    width: 8,
    attention: multiHeadAttention({ width: 8, heads: 2, mask: slidingWindow({ left: 5, right: 0 }) }),
    hiddenDropout: 0.1,
  });
  const model = languageModel({ vocabulary: 16, width: 8, layers: { layer } }).loss;
  const ids = (at: number) => Array.from({ length: 24 }, (_, i) => (5 * at + i * i) % 16);
  const data = function* (from: number) {
    for (let at = from; ; at++)
      yield { x: tf.tensor2d(ids(at), [2, 12], 'int32'), context: { targets: tf.tensor2d(ids(at + 1), [2, 12], 'int32') } };
  };
  const folderStore = checkpointFolder(folder);
  const store = {
    ...folderStore,
    write: async (bytes: Uint8Array<ArrayBuffer>) => {
      tell('write');
      await folderStore.write(bytes);
      tell('wrote');
    },
  };
  tell('start');
  const run = train(model, data as never, {
    key: createKey(Number(key ?? 1)),
    steps: Number(steps),
    schedule: cosineSchedule({ learningRate: 0.05, steps: Number(steps) }),
    optimizer: adamW(),
    averageDecay: 0.9,
    accumulate: 2,
    checkpoint: { store, every: 1 },
    signal: stop.signal,
  });
  for await (const { step } of run) tell(`step ${step}`);
  const { ended, step } = await run.finish();
  tell(`ended ${ended} ${step}`);
} catch (error) {
  const { name, message } = error as Error;
  tell(`threw ${name} ${JSON.stringify(message).slice(0, 600)}`);
  process.exitCode = 3;
}
