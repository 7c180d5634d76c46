/** What a call costs. */
export interface Work {
  /** Additions and multiplications. */
  readonly flops: number;
  /** Bytes of the tensors that it reads and makes. */
  readonly bytes: number;
}

// What one thread does with plain SIMD, and memcpy into a shared memory, at least (AMD EPYC, Node 20.20, 2026-11-21: 40 and 10).
const flopsPerMillisecond = 30e6;
const bytesPerMillisecond = 8e6;

/** What a call takes on one thread, roughly. */
export const milliseconds = ({ flops }: Work): number => flops / flopsPerMillisecond;

const leastMilliseconds = 1;
const leastGain = 0.8;

/** Why one thread is to do a call although there are more; null where threads pay. */
export function tooSmall(work: Work, threads: number, copied: boolean): string | null {
  const alone = milliseconds(work);
  if (alone < leastMilliseconds) return 'under 1 ms of work';
  const shared = alone / threads + (copied ? work.bytes / bytesPerMillisecond : 0);
  return shared > leastGain * alone ? 'copying would take as long as the second thread saves' : null;
}
