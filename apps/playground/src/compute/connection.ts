import { type Remote, wrap } from 'comlink';
import { cancelled } from './cancelled.ts';
import type { Calls } from './compute.worker.ts';
import type { BackendName } from './device.ts';
import type { ApiOf, ModuleName } from './modules.ts';

/** The functions of a module in a worker: each answers later. What a page hands over as a callback is wrapped by comlink's `proxy`. */
export type Away<Api> = {
  readonly [Name in keyof Api]: Api[Name] extends (...values: infer Values) => infer Result
    ? (...values: Values) => Promise<Awaited<Result>>
    : never;
};

/** A worker whose functions one calls, and which may be ended at any moment: all compute runs in one. */
export interface Connection<Api> {
  /**
   * Runs work in the worker, starting it if there is none. At the signal the worker is ended at once, whatever it is at, and the next
   * work gets a new one: a kernel that runs cannot be asked to stop.
   */
  run<Result>(work: (api: Away<Api>) => Promise<Result>, signal?: AbortSignal): Promise<Result>;
  close(): void;
  /** Ends a worker that works on another one than that backend: it was started for one, and keeps it. */
  keepTo(backend: BackendName): void;
}

interface Open<Api> {
  readonly worker: Worker;
  readonly remote: Remote<Calls>;
  readonly api: Away<Api>;
  /** Those who wait for an answer. */
  readonly waiting: Set<(reason: unknown) => void>;
}

export function connection<Name extends ModuleName>(name: Name): Connection<ApiOf<Name>> {
  type Api = ApiOf<Name>;
  let open: Open<Api> | undefined;
  let kept: BackendName | undefined;

  const end = (one: Open<Api>, reason: unknown): void => {
    if (open === one) open = undefined;
    one.worker.terminate();
    for (const reject of one.waiting) reject(reason);
    one.waiting.clear();
  };

  const start = (): Open<Api> => {
    const worker = new Worker(new URL('./compute.worker.ts', import.meta.url), { type: 'module', name });
    const remote = wrap<Calls>(worker);
    const api = new Proxy({} as Away<Api>, {
      get:
        (_, called) =>
        (...values: readonly unknown[]) =>
          remote.call(String(called), ...values),
    });
    const made: Open<Api> = { worker, remote, api, waiting: new Set() };
    worker.addEventListener('error', ({ message }) => {
      end(
        made,
        new Error(`The worker that computes has died: ${message || 'it could not be loaded'}. Start again to go on with a new one.`),
      );
    });
    return made;
  };

  return {
    run: (work, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(cancelled());
        open ??= start();
        const mine = open;
        const onAbort = (): void => end(mine, cancelled());
        mine.waiting.add(reject);
        signal?.addEventListener('abort', onAbort, { once: true });
        work(mine.api)
          .then(resolve, reject)
          .finally(() => {
            mine.waiting.delete(reject);
            signal?.removeEventListener('abort', onAbort);
          });
      }),
    keepTo: (backend) => {
      if (open !== undefined && kept !== backend) end(open, cancelled());
      kept = backend;
    },
    close: () => {
      if (open !== undefined) end(open, cancelled());
    },
  };
}
