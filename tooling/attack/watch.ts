import { Worker } from 'node:worker_threads';

interface Watched {
  readonly cpuLimit: number;
  readonly wallLimit: number;
  readonly findings: string;
  readonly atWork: string;
  readonly hung: string;
  /** All of a finding that is known before: the id of a case without its number. */
  readonly casePrefix: string;
  readonly name: string;
}

/**
 * Watches from a thread of its own, which goes on where the main thread hangs. A case beyond its limits is written down, and the process ended.
 * @returns says which case is at work; undefined between cases
 */
export function watch(watched: Watched): (at: number | undefined) => void {
  const shared = new SharedArrayBuffer(8);
  const current = new Float64Array(shared);
  current[0] = -1;
  new Worker(new URL('./watch-thread.mjs', import.meta.url), { execArgv: [], workerData: { ...watched, shared } }).unref();
  return (at) => {
    current[0] = at ?? -1;
  };
}
