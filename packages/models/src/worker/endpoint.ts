import type { Endpoint } from 'comlink';

/** A worker of a page, or of Node's worker_threads. */
export interface AnyWorker {
  postMessage(message: never, transfer?: never): void;
  terminate(): unknown;
}

interface NodePort {
  postMessage(message: unknown, transfer?: readonly Transferable[]): void;
  on(event: string, listener: (value: unknown) => void): void;
  off(event: string, listener: (value: unknown) => void): void;
}

const isNodePort = (port: object): port is NodePort => typeof Reflect.get(port, 'on') === 'function';

/** Either end of a worker as comlink wants it: Node's tell of messages as emitters do. */
export function endpointOf(port: object): Endpoint {
  if (!isNodePort(port)) return port as Endpoint;
  const own = new Map<object, (data: unknown) => void>();
  return {
    postMessage: (message, transfer) => port.postMessage(message, transfer),
    addEventListener(_, listener) {
      const heard = (data: unknown): void => {
        const event = { data } as MessageEvent;
        if (typeof listener === 'function') listener(event);
        else listener.handleEvent(event);
      };
      own.set(listener, heard);
      port.on('message', heard);
    },
    removeEventListener(_, listener) {
      port.off('message', own.get(listener) as (data: unknown) => void);
      own.delete(listener);
    },
  };
}

/** What a worker tells of itself. */
export interface WorkerNews {
  message(data: unknown): void;
  /** It has died, or could not be loaded. */
  died(why: string): void;
}

export function listenTo(worker: AnyWorker, { message, died }: WorkerNews): void {
  if (isNodePort(worker)) {
    worker.on('message', message);
    worker.on('error', (error) => died(messageOf(error)));
    worker.on('exit', (code) => died(`it has ended with code ${String(code)}`));
    return;
  }
  const page = worker as object as Worker;
  page.addEventListener('message', ({ data }) => message(data));
  page.addEventListener('error', (event) => {
    event.preventDefault();
    died(event.message || 'it could not be loaded');
  });
  page.addEventListener('messageerror', () => died('a message could not be read'));
}

/** Also of an error of another realm. */
export const messageOf = (error: unknown): string => String((error as Partial<Error> | null | undefined)?.message ?? error);

/** In Node a worker keeps its process alive: while it is at work, and not between. */
export function keepAlive(worker: AnyWorker, isAtWork: boolean): void {
  const change: unknown = Reflect.get(worker, isAtWork ? 'ref' : 'unref');
  if (typeof change === 'function') change.call(worker);
}

/** The worker's own end; undefined outside of a worker. */
export function ownEnd(): Endpoint | undefined {
  const { process } = globalThis as { readonly process?: { getBuiltinModule?(name: string): object | undefined } };
  const threads = process?.getBuiltinModule?.('node:worker_threads') as { readonly parentPort: object | null } | undefined;
  if (threads?.parentPort) return endpointOf(threads.parentPort);
  const isWorker = typeof Reflect.get(globalThis, 'WorkerGlobalScope') === 'function' && Reflect.get(globalThis, 'document') === undefined;
  return isWorker ? endpointOf(globalThis) : undefined;
}
