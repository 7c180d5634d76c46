import { warnOnce } from '../../encoder/warn-once.ts';
import { raise, type StopFlag, stopFlag, whyNoFlag } from '../stop-flag.ts';
import { WorkerError } from '../worker-error.ts';
import { cloneError } from './clone-error.ts';
import { beginLife, type Life, type StartWorker } from './life.ts';

/** How calls are stopped. */
export interface Stopping {
  /** 'within': between layers, block rows and row panels of the run; 'anew': the worker is ended, and begun anew with the same model. */
  readonly how: 'within' | 'anew';
  readonly reason: string;
}

/** The work of a worker, one call after the other. */
export interface WorkerLine<Facts> {
  /** Of the first load. */
  readonly facts: Facts;
  readonly stopping: Stopping;
  /** Counts up with each worker: what one of them held is gone with it. */
  readonly lives: () => number;
  /** Runs in the worker when its turn has come. @param work is given the flag by which `signal` stops it, where there can be one */
  run<Value>(work: (life: Life, flag: StopFlag | undefined) => Promise<Value>, signal?: AbortSignal): Promise<Value>;
  /** Ends the worker, and all that it was asked. */
  end(reason: unknown): void;
}

const caller = 'modelInWorker';

/**
 * Starts a worker and loads it.
 * @param load is done again for a worker that was begun anew; `isFirst` says for which
 */
export async function workerLine<Facts>(
  start: StartWorker,
  load: (life: Life, isFirst: boolean) => Promise<Facts>,
  signal: AbortSignal | undefined,
): Promise<WorkerLine<Facts>> {
  const why = whyNoFlag();
  const stopping: Stopping =
    why === undefined
      ? { how: 'within', reason: 'page and worker share a flag' }
      : { how: 'anew', reason: `${why}; so the worker is ended and the model loaded again` };
  const begin = (isFirst: boolean): { readonly life: Life; readonly loaded: Promise<Facts> } => {
    const life = beginLife(caller, start);
    const loaded = life.during(async () => {
      await life.isReady;
      return load(life, isFirst).catch((error: unknown) => {
        throw cloneError(caller, error);
      });
    });
    loaded.catch(() => {}); // told to whoever comes next
    return { life, loaded };
  };
  let lives = 1;
  let current = begin(true);
  const { life: first, loaded } = current;
  const facts = await unlessAborted(loaded, signal, first.end).catch((error: unknown) => {
    first.end(error);
    throw error;
  });

  const beginAnew = (): void => {
    warnOnce(`${caller}: a run is stopped by ending its worker, which then loads its model again: ${why}.`);
    current.life.end(anew());
    current = begin(false);
    lives++;
  };
  let end: unknown; // why there is nothing more to come
  let line: Promise<void> = Promise.resolve();
  return {
    facts,
    stopping,
    lives: () => lives,
    run: (work, ofCall) =>
      new Promise((resolve, reject) => {
        if (ofCall?.aborted) return reject(ofCall.reason);
        const flag = ofCall === undefined ? undefined : stopFlag();
        let isAtWork = false;
        const stop = (): void => {
          reject(ofCall?.reason);
          if (flag !== undefined) raise(flag);
          else if (isAtWork) beginAnew();
        };
        ofCall?.addEventListener('abort', stop, { once: true });
        line = line.then(async () => {
          if (ofCall?.aborted) return;
          try {
            if (end !== undefined) throw end;
            await current.loaded;
            if (ofCall?.aborted) return;
            const { life: own } = current;
            isAtWork = true;
            resolve(await own.during(() => work(own, flag)));
          } catch (error) {
            reject(cloneError(caller, error));
          } finally {
            isAtWork = false;
            ofCall?.removeEventListener('abort', stop);
          }
        });
      }),
    end(reason) {
      end ??= reason;
      current.life.end(reason);
    },
  };
}

/** Rejects at once at the signal. */
async function unlessAborted<Value>(
  value: Promise<Value>,
  signal: AbortSignal | undefined,
  onAbort: (reason: unknown) => void,
): Promise<Value> {
  if (signal === undefined) return value;
  const abort = (): void => onAbort(signal.reason);
  if (signal.aborted) abort();
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await value;
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

export const anew = (): WorkerError =>
  new WorkerError({
    caller,
    problem: 'what a worker holds must be asked for while it lives.',
    expected: 'a call of the worker that is there now',
    got: 'one of a worker that was ended to stop its run, and begun anew',
    remedy: 'begin it again; on a page that is cross-origin isolated runs are stopped without ending the worker.',
  });
