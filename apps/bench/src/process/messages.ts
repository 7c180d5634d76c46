import type { WorkProgress } from './work.ts';

/** What a worker is asked for: one point of an experiment. It survives JSON, and so does what comes of it. */
export interface Request {
  readonly experiment: string;
  readonly input: unknown;
}

export type Message =
  | { readonly kind: 'ready' }
  | { readonly kind: 'started' }
  | { readonly kind: 'progress'; readonly value: WorkProgress }
  | { readonly kind: 'result'; readonly value: unknown }
  | { readonly kind: 'failed'; readonly error: string };
