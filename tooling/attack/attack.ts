import type { Found } from './finding.ts';
import type { Random } from './random.ts';

/** What a case is given besides its random numbers. */
export interface Tools {
  find(found: Found): void;
  /** Counts what the cases were, for the summary. */
  note(what: string): void;
  /** Says what is tried just now: all that is left of a case that takes the process with it. */
  label(text: string): void;
}

/** Draws one case, runs it, and reports where its own expectation differs. */
export type RunCase = (at: number, random: Random, tools: Tools) => void | Promise<void>;

/** A program: cases of one subject, each decided by the seed and its number. */
export interface Attack {
  readonly name: string;
  readonly runCase: RunCase;
  /** What one case may take, in seconds of processor time and of waiting; a case beyond ends the process. */
  readonly limits?: { readonly cpu: number; readonly wall: number };
}
