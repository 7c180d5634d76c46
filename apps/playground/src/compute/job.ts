import { type ReadonlySignal, signal } from '@preact/signals';
import { isCancelled } from './cancelled.ts';

export interface Progress {
  /** From 0 to 1, or undefined where the end is not known. */
  readonly share?: number | undefined;
  /** What is being done now. */
  readonly label: string;
}

export type JobState<Result> =
  | { readonly at: 'idle' }
  | { readonly at: 'running'; readonly progress: Progress }
  | { readonly at: 'done'; readonly result: Result }
  | { readonly at: 'cancelled' }
  | { readonly at: 'failed'; readonly message: string };

/** Work of a view, with what a person sees of it. */
export interface Job<Result> {
  readonly state: ReadonlySignal<JobState<Result>>;
  /** Starts, ending what still runs of this job. It resolves when this work is at its end, whichever. */
  start(work: (signal: AbortSignal, say: (progress: Progress) => void) => Promise<Result>): Promise<void>;
  cancel(): void;
}

export function job<Result>(): Job<Result> {
  const state = signal<JobState<Result>>({ at: 'idle' });
  let current: AbortController | undefined;
  return {
    state,
    start: async (work) => {
      current?.abort();
      const mine = new AbortController();
      current = mine;
      let isOver = false;
      const tell = (next: JobState<Result>): void => {
        if (current === mine) state.value = next;
      };
      tell({ at: 'running', progress: { label: 'Starting' } });
      try {
        // A worker's words come by another way than its result, and may come after it.
        const result = await work(mine.signal, (progress) => {
          if (!isOver) tell({ at: 'running', progress });
        });
        isOver = true;
        tell({ at: 'done', result });
      } catch (error) {
        isOver = true;
        tell(isCancelled(error) ? { at: 'cancelled' } : { at: 'failed', message: error instanceof Error ? error.message : String(error) });
      }
    },
    cancel: () => current?.abort(),
  };
}
