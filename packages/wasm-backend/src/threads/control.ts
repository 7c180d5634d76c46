/**
 * The cells through which a pool's threads agree, as indices of int32; each on a cache line of its own. The worker's source reads the
 * same numbers.
 */
export const cells = {
  /** Counts up by one when a job is put up and when it is taken down, so it is odd while there is one. */
  gate: 0,
  /** The first item that nobody has taken yet. */
  next: 16,
  /** Workers that may be reading the job or working on it. */
  active: 32,
  /** Ranges of items that workers have finished. */
  progress: 48,
  /** Workers that have trapped. */
  failed: 64,
  /** Workers that have started. */
  ready: 80,
  // The job itself: written while the gate is even and no worker is active.
  kernel: 96,
  job: 97,
  items: 98,
  itemsAtATime: 99,
  scratch: 100,
  scratchBytes: 101,
  /** 1 where the calling thread has thrown: nobody needs what is being worked on. */
  abandoned: 102,
} as const;

export const controlBytes = 512;
