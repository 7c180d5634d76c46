import { nodeSource, webSource } from './worker-source.ts';

/** What a worker is given: it puts the module on the memory, and finds the control cells at that address. */
export interface WorkerData {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  readonly control: number;
  /** 0 for the first worker. */
  readonly index: number;
}

export interface PoolWorker {
  /** Resolves once it works; rejects where it cannot start. */
  readonly started: Promise<void>;
  /** Ends it without a call of `onLost`. Resolves once it cannot write any more: never in a page, which is not told. */
  end(): Promise<void>;
  /** Ends it as if it had died. */
  kill(): void;
}

/** As much of Node's worker_threads as is used: the package has no types of Node's among those it ships. */
interface NodeThreads {
  readonly Worker: new (source: string, options: object) => NodeWorker;
}
interface NodeWorker {
  on(event: 'message' | 'error' | 'exit', listener: (value: unknown) => void): void;
  ref(): void;
  unref(): void;
  terminate(): Promise<number>;
}

interface NodeProcess {
  readonly getBuiltinModule?: ((name: string) => object | undefined) | undefined;
}

/** A builtin of Node's, undefined elsewhere. Not an import: bundlers for browsers would look for a file. */
export function nodeBuiltin(name: string): object | undefined {
  const { process } = globalThis as { process?: NodeProcess };
  return process?.getBuiltinModule?.(name);
}

/** Starts a worker. `onLost` is told why, should it stop after it has started. */
export function startWorker(data: WorkerData, onLost: (why: string) => void): PoolWorker {
  const threads = nodeBuiltin('node:worker_threads') as NodeThreads | undefined;
  return threads === undefined ? startWebWorker(data, onLost) : startNodeWorker(threads, data, onLost);
}

/** Also of an error of another realm. */
export const messageOf = (error: unknown): string => String((error as Partial<Error> | null | undefined)?.message ?? error);

function startNodeWorker({ Worker }: NodeThreads, workerData: WorkerData, onLost: (why: string) => void): PoolWorker {
  // Without the flags of the process: a loader among them would be run in each worker.
  const worker = new Worker(nodeSource, { eval: true, workerData, execArgv: [], env: {}, name: 'longspan' });
  let runs = false;
  const started = new Promise<void>((resolve, reject) => {
    const lost = (why: string): void => {
      reject(new Error(why)); // does nothing once it has started
      if (runs) onLost(why);
      runs = false;
    };
    worker.on('message', () => {
      worker.unref(); // from now on it does not keep the process alive
      runs = true;
      resolve();
    });
    worker.on('error', (error) => lost(messageOf(error)));
    worker.on('exit', (code) => lost(`a worker ended with code ${code}`));
  });
  return {
    started,
    async end() {
      runs = false;
      worker.unref();
      await worker.terminate();
    },
    kill: () => void worker.terminate(),
  };
}

function startWebWorker(data: WorkerData, onLost: (why: string) => void): PoolWorker {
  const url = URL.createObjectURL(new Blob([webSource], { type: 'text/javascript' }));
  const worker = new Worker(url);
  let runs = false;
  const started = new Promise<void>((resolve, reject) => {
    worker.onmessage = () => {
      URL.revokeObjectURL(url);
      runs = true;
      resolve();
    };
    worker.onerror = (event) => {
      event.preventDefault();
      const why = event.message || 'the page does not allow workers from a blob (see worker-src of its Content-Security-Policy)';
      reject(new Error(why));
      if (runs) onLost(why);
      runs = false;
    };
  });
  worker.postMessage(data);
  return {
    started,
    end() {
      runs = false;
      worker.terminate();
      return new Promise(() => {});
    },
    kill: () => worker.terminate(),
  };
}
