import { Worker } from 'node:worker_threads';

export interface EndWithParentOptions {
  /** Its process id, where whoever started this process has said it: it may be gone before this process can look. */
  readonly parent?: number | undefined;
  /** Asks this process by SIGHUP first, and leaves it so long to write what it has; it is killed at once by default. */
  readonly patienceSeconds?: number | undefined;
}

/** On a thread of its own, for the work of this process may block its loop for minutes. */
const watch = `
const { parent, patienceSeconds } = require('node:worker_threads').workerData;
const isAlive = () => {
  try {
    return process.ppid === parent && process.kill(parent, 0);
  } catch (error) {
    return error.code === 'EPERM';
  }
};
const end = () => process.kill(process.pid, 'SIGKILL');
const look = setInterval(() => {
  if (isAlive()) return;
  clearInterval(look);
  if (patienceSeconds === 0) return end();
  process.kill(process.pid, 'SIGHUP');
  setTimeout(end, 1000 * patienceSeconds);
}, 250);
`;

/** Ends this process within seconds of its parent, however that ended: what it would still find nobody waits for. */
export function endWithParent({ parent = process.ppid, patienceSeconds = 0 }: EndWithParentOptions = {}): void {
  // Without this process's own options: a loader among them would wait for the loop that may be blocked.
  new Worker(watch, { eval: true, execArgv: [], workerData: { parent, patienceSeconds } }).unref();
}
