import { requireInteger } from '@longspan/core-tensor/error';
import { nodeBuiltin } from './start-worker.ts';

/** More than this many only when they are requested: each has a stack, and the gain grows more slowly than their number. */
const mostByDefault = 8;

/** How many threads to start: as many as requested, else one for each core that this process may use, at most eight. */
export function threadCount(requested: number | undefined): number {
  if (requested !== undefined) return checked(requested);
  const os = nodeBuiltin('node:os') as { availableParallelism?: () => number } | undefined;
  const cores = os?.availableParallelism?.() ?? (globalThis as { navigator?: Navigator }).navigator?.hardwareConcurrency ?? 1;
  return Math.min(cores, mostByDefault);
}

function checked(threads: number): number {
  requireInteger('register', { threads }, 1, { atMost: 256, remedy: 'leave `threads` out for one for each core, at most 8.' });
  return threads;
}
