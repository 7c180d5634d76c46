import { warnOnce } from '../../encoder/warn-once.ts';
import { raise, type StopFlag, stopFlag, whyNoFlag } from '../stop-flag.ts';
import { WorkerError } from '../worker-error.ts';
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
  /** Runs in the worker when its turn has come. @param flag stops the run; made by `signal` where it is left out */
  run<Value>(work: (life: Life, flag: StopFlag | undefined) => Promise<Value>, signal?: AbortSignal, flag?: StopFlag): Promise<Value>;
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
  let lives = 0;
  let end: unknown; // why there is nothing more to come
  let life: Life;
  let loaded: Promise<Facts>;
  const begin = (): void => {
    const own = beginLife(caller, start);
    life = own;
    lives++;
    const isFirst = lives === 1;
    loaded = own.during(async () => {
      await own.isReady;
      return load(own, isFirst);
    });
    loaded.catch(() => {}); // told to whoever comes next
  };
  begin();
  const facts = await unlessAborted(loaded!, signal, (reason) => life.end(reason)).catch((error: unknown) => {
    life.end(error);
    throw error;
  });

  let line: Promise<void> = Promise.resolve();
  return {
    facts,
    stopping,
    lives: () => lives,
    run: (work, ofCall, given) =>
      new Promise((resolve, reject) => {
        if (ofCall?.aborted) return reject(ofCall.reason);
        const flag = given ?? (ofCall === undefined ? undefined : stopFlag());
        let isAtWork = false;
        const stop = (): void => {
          reject(ofCall?.reason);
          if (flag !== undefined) return raise(flag);
          if (!isAtWork) return;
          warnOnce(`${caller}: a run is stopped by ending its worker, which then loads its model again: ${whyNoFlag()}.`);
          life.end(anew());
          begin();
        };
        ofCall?.addEventListener('abort', stop, { once: true });
        line = line.then(async () => {
          if (ofCall?.aborted) return;
          try {
            if (end !== undefined) throw end;
            await loaded;
            if (ofCall?.aborted) return;
            const own = life;
            isAtWork = true;
            resolve(await own.during(() => work(own, flag)));
          } catch (error) {
            reject(error);
          } finally {
            isAtWork = false;
            ofCall?.removeEventListener('abort', stop);
          }
        });
      }),
    end(reason) {
      end ??= reason;
      life.end(reason);
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
