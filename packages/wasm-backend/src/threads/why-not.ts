import { nodeBuiltin } from './start-worker.ts';

/** Why this engine or page can have one thread only; undefined where it can have more. */
export function whyNoThreads(): string | undefined {
  const here = globalThis as Partial<typeof globalThis>;
  if (here.crossOriginIsolated === false) {
    return 'the page is not cross-origin isolated: its server has to send Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp';
  }
  if (here.SharedArrayBuffer === undefined) return 'this engine has no SharedArrayBuffer';
  if (here.Worker === undefined && nodeBuiltin('node:worker_threads') === undefined) return 'this engine has no workers';
  return undefined;
}
