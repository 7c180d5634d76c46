import type { Progress } from '../../compute/job.ts';

/** ms between what is told: a page need not hear of every step. */
const pause = 100;

/** Tells of the first step and the last one, and in between a few times a second. */
export function progressTeller(say: (progress: Progress) => void): (progress: Progress) => void {
  let last = Number.NEGATIVE_INFINITY;
  return (progress) => {
    const now = performance.now();
    if (now - last < pause && progress.share !== 1 && progress.share !== 0) return;
    last = now;
    say(progress);
  };
}
