import { ConfigError, show } from '@longspan/core-tensor/error';
import { type Remote, wrap } from 'comlink';
import { type AnyWorker, endpointOf, keepAlive, listenTo } from '../endpoint.ts';
import { isReady } from '../ready.ts';
import type { Wire } from '../served/serve-models.ts';
import { WorkerError } from '../worker-error.ts';

/** A worker from its start to its end. */
export interface Life {
  readonly remote: Remote<Wire>;
  /** Resolves once it listens. */
  readonly isReady: Promise<void>;
  /** What the run gives, unless the worker comes to its end before: that is then the error. */
  during<Value>(run: () => Promise<Value>): Promise<Value>;
  /** Ends it: all that it was asked is rejected with that. */
  end(reason: unknown): void;
}

/** Makes a worker: each has its own, and a new one is needed where one cannot be stopped otherwise. */
export type StartWorker = () => AnyWorker;

export function beginLife(caller: string, start: StartWorker): Life {
  const worker = start();
  if (typeof worker?.postMessage !== 'function' || typeof worker.terminate !== 'function') throw noWorker(caller, worker);
  let end: (reason: unknown) => void = () => {};
  const over = new Promise<never>((_, reject) => {
    end = (reason) => {
      reject(reason); // the first one counts
      worker.terminate();
    };
  });
  over.catch(() => {}); // whoever waits is told by `during`
  const isListening = new Promise<void>((resolve) => {
    listenTo(worker, {
      message: (message) => {
        if (isReady(message)) resolve();
      },
      died: (why) => end(died(caller, why)),
    });
  });
  return {
    remote: wrap<Wire>(endpointOf(worker)),
    isReady: Promise.race([isListening, over]),
    async during(run) {
      keepAlive(worker, true);
      try {
        return await Promise.race([over, run()]);
      } finally {
        keepAlive(worker, false);
      }
    },
    end,
  };
}

const died = (caller: string, why: string): WorkerError =>
  new WorkerError({
    caller,
    problem: 'the worker must live as long as it is at work.',
    expected: 'a worker that calls serveModels() and goes on',
    got: why,
    remedy: 'see what its file does, and whether its memory was enough; load the model again to go on with a new worker.',
  });

const noWorker = (caller: string, got: unknown): ConfigError =>
  new ConfigError({
    caller,
    problem: 'the first argument must be a function that makes a worker.',
    expected: "() => new Worker(new URL('./model.worker.js', import.meta.url), { type: 'module' })",
    got: show(got),
    remedy: 'write the function around new Worker(…): a run that cannot be stopped otherwise needs a new one.',
  });
