import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { createKey, interruptible } from '@longspan/core-tensor';
import { pretrainedFiles } from '@longspan/models';
import { longformer, longformerModel } from '@longspan/models/longformer';
import { modelInWorker } from '@longspan/models/worker';
import { programOf } from '@longspan/tooling/killed';
import { dispose, tensor2d, zeros } from '@tensorflow/tfjs-core';
import { type StopBackend, startStopBackend } from './stop-backend.ts';

/** How soon a run in a worker is over after its signal, and how long the thread that asked was ever held up. All in ms. */
export interface StopFigures {
  readonly tokens: number;
  /** A whole run; undefined where it was not waited for. */
  readonly run: number | undefined;
  /** From the signal to the next answer of the worker, one for each stop. */
  readonly stops: readonly number[];
  /** The most processor time that this thread took between two turns of its timers, while runs were asked for, stopped and their results taken. */
  readonly longestTask: number;
}

export interface StopOptions extends StopBackend {
  readonly tokens: number;
  readonly stops: number;
  /** Whether one run is done to its end; not on cpu, where it takes minutes. */
  readonly whole: boolean;
}

const configOf = (tokens: number) =>
  longformer.config({
    ...{ vocab_size: 100, hidden_size: 768, num_hidden_layers: 1, num_attention_heads: 12, intermediate_size: 3072 },
    ...{ attention_window: 512, max_position_embeddings: tokens + 2, pad_token_id: 1, type_vocab_size: 1 },
  });

/** One layer of base size, drawn here, run in a worker and stopped at moments that are spread over a run. */
export async function measureStops({ tokens, stops, whole, ...backend }: StopOptions): Promise<StopFigures> {
  const config = configOf(tokens);
  const parameters = longformerModel(config).init(createKey('stop'));
  const files = await pretrainedFiles({ family: longformer, head: 'model', config, parameters });
  dispose(parameters);
  const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
  const program = await programOf(here('./stop.worker.ts'), here('../../node_modules'));
  const model = await modelInWorker(() => new Worker(program.file, { workerData: backend }), files);
  try {
    const ids = { shape: [1, tokens], values: Int32Array.from({ length: tokens }, (_, at) => 2 + (at % 98)) };
    const busy = longestTaskOfThread();
    let run: number | undefined;
    if (whole) {
      const start = performance.now();
      await model.apply(ids);
      run = performance.now() - start;
    }
    const found: number[] = [];
    for (let nth = 0; nth < stops; nth++) {
      const controller = new AbortController();
      const stopped = model.apply(ids, { signal: controller.signal }).catch(() => undefined);
      await new Promise((resolve) => setTimeout(resolve, ((run ?? 2000) * (nth + 0.5)) / stops));
      const start = performance.now();
      controller.abort();
      await stopped;
      await model.explain(tokens); // answered after the run is over
      found.push(performance.now() - start);
    }
    return { tokens, run, stops: found, longestTask: busy() };
  } finally {
    model.dispose();
    await program.remove();
  }
}

/** Processor time of this thread where Node tells it, else time, in ms. */
function processorTime(): number {
  const used = (process as { threadCpuUsage?(): { readonly user: number; readonly system: number } }).threadCpuUsage?.();
  return used === undefined ? performance.now() : (used.user + used.system) / 1000;
}

/** Watches this thread come to its timers. @returns ends that, and gives the most processor time that it took between two of them */
function longestTaskOfThread(): () => number {
  let longest = 0;
  let last = processorTime();
  const timer = setInterval(() => {
    const now = processorTime();
    longest = Math.max(longest, now - last);
    last = now;
  });
  return () => {
    clearInterval(timer);
    return longest;
  };
}

/**
 * The longest stretch of a run between two points where it can be stopped, in ms of this thread's own processor time where Node tells it:
 * what a stop waits for at the most, whatever else the machine does. The run is ended after so many ms.
 */
export async function measureStretch({
  tokens,
  milliseconds,
  ...backend
}: StopBackend & { readonly tokens: number; readonly milliseconds: number }): Promise<{
  readonly longest: number;
  readonly points: number;
  /** Of the run, as far as it came. */
  readonly processor: number;
}> {
  await startStopBackend(backend);
  const model = longformerModel(configOf(tokens));
  const parameters = Object.fromEntries(Object.entries(model.spec).map(([name, { shape }]) => [name, zeros([...shape])]));
  const ids = tensor2d(
    Int32Array.from({ length: tokens }, (_, at) => 2 + (at % 98)),
    [1, tokens],
    'int32',
  );
  let longest = 0;
  let points = 0;
  const start = processorTime();
  let last = start;
  const check = (): void => {
    const at = processorTime();
    longest = Math.max(longest, at - last);
    last = at;
    points++;
    if (at - start > milliseconds) throw new Error('enough');
  };
  try {
    const { hidden, pooled } = interruptible(check, () => model.apply(parameters, ids));
    dispose([hidden, ...(pooled ? [pooled] : [])]);
    check();
  } catch (error) {
    if ((error as Error).message !== 'enough') throw error;
  }
  dispose([ids, parameters]);
  return { longest, points, processor: last - start };
}
