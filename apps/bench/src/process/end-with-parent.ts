import { Worker } from 'node:worker_threads';

/** On a thread of its own, for the work of this process may block its loop for minutes. */
const watch = `
const parent = process.ppid;
const isAlive = () => {
  try {
    return process.ppid === parent && process.kill(parent, 0);
  } catch (error) {
    return error.code === 'EPERM';
  }
};
setInterval(() => {
  if (!isAlive()) process.kill(process.pid, 'SIGKILL');
}, 250);
`;

/** Ends this process within a second of its parent, however that ended: what it would still find nobody could write. */
export function endWithParent(): void {
  // Without this process's own options: a loader among them would wait for the loop that may be blocked.
  new Worker(watch, { eval: true, execArgv: [] }).unref();
}
