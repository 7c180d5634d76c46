import type { Look } from './look.ts';
import type { Judged } from './run-file.ts';

/** What is new since the last one. */
export interface Update {
  readonly losses: readonly number[];
  readonly judged: readonly Judged[];
  readonly milliseconds: number;
  readonly tokensPerSecond: number;
  readonly look?: Look;
  readonly written?: { readonly step: number; readonly text: string };
  /** No further step is taken; what there is to look at and to keep may still come. */
  readonly isAtRest?: true;
  /** A checkpoint that was written, and of which step; or why it could not be kept for another visit. */
  readonly saved?: { readonly step: number; readonly file: Uint8Array<ArrayBuffer>; readonly problem: string | undefined };
}
