import type { Family } from '../src/pretrained/family.ts';
import type { AnyWorker } from '../src/worker/endpoint.ts';
import { serveModels } from '../src/worker/index.ts';

/** A worker without a thread: what is served is at the other end of a channel. */
export function workerInThread(families?: readonly Family[]): AnyWorker & { readonly ended: () => boolean; die(why: string): void } {
  const { port1, port2 } = new MessageChannel();
  const listeners = new Map<string, (value: unknown) => void>();
  let ended = false;
  const worker = {
    postMessage: (message: unknown, transfer: Transferable[] = []) => port1.postMessage(message, transfer),
    on(event: string, listener: (value: unknown) => void) {
      if (event === 'message') port1.addEventListener('message', ({ data }) => ended || listener(data));
      else listeners.set(event, listener);
      port1.start();
    },
    off() {},
    terminate() {
      ended = true;
      port1.close();
      port2.close();
    },
    ended: () => ended,
    die: (why: string) => listeners.get('error')?.(new Error(why)),
  };
  setTimeout(() => serveModels({ families, port: port2 }));
  return worker;
}
