import { requireKind } from '@longspan/core-tensor/error';
import { requireSignal } from '../../pretrained/require-signal.ts';

/** How far the work on a document is. */
export interface DocumentProgress {
  /** Cutting it into sentences, making its tokens, or reading its windows through the model. */
  readonly stage: 'segment' | 'tokenize' | 'read';
  /** UTF-16 code units of the document; windows where they are read. */
  readonly done: number;
  readonly total: number;
}

/** What all work on documents takes. */
export interface WorkOptions {
  /** Is told of each step. */
  readonly progress?: ((progress: DocumentProgress) => void) | undefined;
  /** Ends the work with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** What `requireKnown` checks of them. */
export const workOptionNames = { progress: 'function', signal: true } as const;

export function requireWork(caller: string, { progress, signal }: WorkOptions): void {
  if (progress !== undefined) requireKind(caller, 'progress', progress, 'function');
  requireSignal(caller, signal);
}

/** Timers, and in a page the user, get their turn at least that often, in ms. */
const longestStretch = 50;

/**
 * What work on a document does between two steps: it tells, stops where the signal says so, and lets others have their turn.
 */
export function stages({ progress, signal }: WorkOptions): (step: DocumentProgress) => Promise<void> {
  let lastTurn = performance.now();
  return async (step) => {
    progress?.(step);
    signal?.throwIfAborted();
    if (performance.now() - lastTurn <= longestStretch) return;
    await new Promise((resolve) => setTimeout(resolve, 0));
    lastTurn = performance.now();
    signal?.throwIfAborted();
  };
}
