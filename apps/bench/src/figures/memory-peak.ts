import { readFileSync, writeFileSync } from 'node:fs';

/** How the peak was taken: the kernel's own high-water mark, set back before the work; or the process's peak since it began. */
export type PeakMethod = 'high-water mark' | 'peak of the process';

export interface Peak {
  /** Resident bytes at the peak, less those before the work began. */
  readonly bytes: number;
  readonly method: PeakMethod;
}

/**
 * Watches this process's resident memory from now on, without polling: synchronous work would hide from a timer.
 * @returns a function that gives the peak since then
 */
export function watchPeak(): () => Peak {
  globalThis.gc?.(); // garbage of the set-up would hide as much of the work's own memory
  const reset = setBackHighWaterMark();
  const before = process.memoryUsage.rss();
  return () => {
    const marked = reset ? highWaterMark() : undefined;
    const peak = marked ?? process.resourceUsage().maxRSS * 1024;
    return { bytes: Math.max(0, peak - before), method: marked === undefined ? 'peak of the process' : 'high-water mark' };
  };
}

/** Linux only; elsewhere, and where the container forbids it, the start-up's own peak stays in the figure. */
function setBackHighWaterMark(): boolean {
  try {
    writeFileSync('/proc/self/clear_refs', '5');
    return true;
  } catch {
    return false;
  }
}

function highWaterMark(): number | undefined {
  const found = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'));
  return found === null ? undefined : Number(found[1]) * 1024;
}
