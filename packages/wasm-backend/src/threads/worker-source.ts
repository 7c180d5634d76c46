import { cells } from './control.ts';

/**
 * What a worker runs, as text: so no file has to be found by Node or by a bundler, and no minifier changes it.
 * A worker spins for a moment after each job, because the stages of a call follow each other, and then sleeps until it is woken.
 * It counts itself as active before it reads whether the job is still up, and the calling thread takes the job down before it reads
 * whether anyone is active: so one of the two notices the other, and a worker that wakes up late does no harm.
 */
const body = `'use strict';
const C = ${JSON.stringify(cells)};
const spinMilliseconds = 0.1;

function start({ module, memory, control, index }, ready) {
  const cells = new Int32Array(memory.buffer, control, 128);
  const interruptionPoint = () => {
    if (Atomics.load(cells, C.abandoned)) throw new Error('abandoned');
  };
  const { exports } = new WebAssembly.Instance(module, { env: { memory, interruptionPoint } });
  const kernels = WebAssembly.Module.exports(module).map(({ name }) => exports[name]);

  function work() {
    const items = cells[C.items];
    const step = cells[C.itemsAtATime];
    const scratch = (cells[C.scratch] >>> 0) + (index + 1) * cells[C.scratchBytes];
    const kernel = kernels[cells[C.kernel]];
    for (let from; (from = Atomics.add(cells, C.next, step)) < items; ) {
      kernel(cells[C.job], from, Math.min(from + step, items), scratch);
      Atomics.add(cells, C.progress, 1);
    }
  }

  let gate = Atomics.load(cells, C.gate) & ~1;
  Atomics.add(cells, C.ready, 1);
  ready();
  for (;;) {
    const until = performance.now() + spinMilliseconds;
    while (Atomics.load(cells, C.gate) === gate && performance.now() < until);
    while (Atomics.load(cells, C.gate) === gate) Atomics.wait(cells, C.gate, gate);
    gate = Atomics.load(cells, C.gate);
    if (!(gate & 1)) continue;
    Atomics.add(cells, C.active, 1);
    try {
      if (Atomics.load(cells, C.gate) === gate) work();
    } catch {
      Atomics.add(cells, C.failed, 1);
      Atomics.store(cells, C.next, cells[C.items]); // nobody needs to begin another range
    }
    Atomics.sub(cells, C.active, 1);
    Atomics.notify(cells, C.active);
  }
}
`;

export const nodeSource: string = `${body}
const { parentPort, workerData } = require('node:worker_threads');
start(workerData, () => parentPort.postMessage('ready'));
`;

export const webSource: string = `${body}
onmessage = ({ data }) => start(data, () => postMessage('ready'));
`;
