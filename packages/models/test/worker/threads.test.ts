import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { createKey } from '@longspan/core-tensor';
import { expectClose, withBackend } from '@longspan/tooling/expect';
import { type Program, programOf } from '@longspan/tooling/killed';
import { tensor2d } from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { bert } from '../../src/family/bert/index.ts';
import { pretrainedFiles } from '../../src/pretrained/save-pretrained.ts';
import { modelInWorker, WorkerError } from '../../src/worker/index.ts';

const config = bert.config({
  ...{ vocab_size: 50, hidden_size: 128, num_hidden_layers: 3, num_attention_heads: 2, intermediate_size: 512 },
  max_position_embeddings: 2048,
});

let program: Program;
let files: Awaited<ReturnType<typeof pretrainedFiles>>;
let expected: Float32Array;
const ids = [Array.from({ length: 40 }, (_, at) => at)];
const long = [Array.from({ length: 2048 }, (_, at) => at % 50)];

beforeAll(async () => {
  program = await programOf(fileURLToPath(new URL('./model.worker.ts', import.meta.url)));
  await withBackend('wasm');
  const model = bert.models.model(config);
  const parameters = model.init(createKey(1));
  files = await pretrainedFiles({ family: bert, head: 'model', config, parameters });
  expected = (await model.apply(parameters, tensor2d(ids, [1, 40], 'int32')).hidden.data()) as Float32Array;
});
afterAll(() => program?.remove());

const points = new Int32Array(new SharedArrayBuffer(4));

it('a thread of its own: the same values, a run that is stopped in its middle, and after it the same values again', async () => {
  const workers: Worker[] = [];
  const start = (): Worker => {
    const worker = new Worker(program.file, { workerData: points });
    workers.push(worker);
    return worker;
  };
  const model = await modelInWorker(start, files as readonly File[]);
  const { hidden } = await model.apply(ids);
  expect(hidden.shape).toEqual([1, 40, 128]);
  expectClose(hidden.values, expected, { atol: 1e-4, rtol: 1e-4 });

  Atomics.store(points, 0, 0);
  await model.apply(long, { signal: new AbortController().signal });
  const whole = Atomics.load(points, 0);

  Atomics.store(points, 0, 0);
  const controller = new AbortController();
  const stopped = model.apply(long, { signal: controller.signal });
  while (Atomics.load(points, 0) < 10) await new Promise((resolve) => setTimeout(resolve, 1));
  controller.abort();
  await expect(stopped).rejects.toBe(controller.signal.reason);
  const again = await model.apply(ids);
  expect(Atomics.load(points, 0)).toBeLessThan(whole);
  expect(again.hidden.values).toEqual(hidden.values);
  expect(workers).toHaveLength(1);

  const running = model.apply(long).catch((error: unknown) => error);
  await workers[0]?.terminate(); // as the operating system would
  const error = await running;
  expect(error).toBeInstanceOf(WorkerError);
  expect((error as WorkerError).got).toBe('it has ended with code 1');
});

it('a worker that cannot be loaded is an error', async () => {
  const missing = (): Worker => new Worker(new URL('./not-there.js', import.meta.url));
  await expect(modelInWorker(missing, files as readonly File[])).rejects.toThrow(
    /the worker must live .*\n.*\n {2}got {7}Cannot find module/,
  );
  const silent = (): Worker => new Worker('process.exitCode = 0', { eval: true });
  await expect(modelInWorker(silent, files as readonly File[])).rejects.toThrow('it has ended with code 0');
});
