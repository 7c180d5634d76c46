import type { CheckpointFiles } from './checkpoint-files.ts';
import { bytesBetween, placeOf } from './told-files.ts';

/** The same files, for whom nobody waits any more once the signal is aborted: a read may hang. */
export const abortableFiles = (files: CheckpointFiles, signal: AbortSignal): CheckpointFiles => ({
  ...placeOf(files),
  open: async (name) => {
    const source = await unlessAborted(files.open(name), signal);
    if (source === undefined) return undefined;
    return { size: source.size, read: (begin, end) => unlessAborted(bytesBetween(source, begin, end), signal) };
  },
});

function unlessAborted<Value>(promise: Promise<Value>, signal: AbortSignal): Promise<Value> {
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(signal.reason);
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}
