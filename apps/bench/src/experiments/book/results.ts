import type { Machine } from '../../figures/hardware.ts';
import type { BackendName } from '../../process/backend-name.ts';
import type { CheckLine } from './check/check-task.ts';
import type { Sample } from './sweep/sweep.ts';
import type { SweepSummary } from './sweep/sweep-summary.ts';
import type { TrainFigures } from './train/train-task.ts';

/** The parts of the main job, in the order they run. */
export const caseNames = ['checks', 'sweep', 'train'] as const;
export type CaseName = (typeof caseNames)[number];

/** What a run was asked for; a resumed run must ask for the same. */
export interface RunOptions {
  /** Moby-Dick, or the absolute path of a file. */
  readonly text: string;
  readonly only: readonly CaseName[];
  readonly backend: BackendName;
  readonly seed: number;
  readonly quick: boolean;
  /** Training steps, where the user fixed them; by the clock when absent. */
  readonly steps?: number;
}

export interface TextFacts {
  readonly name: string;
  readonly bytes: number;
  readonly pieces: number;
  readonly pieceName: string;
  readonly heldOutPieces: number;
  readonly heldOutBytes: number;
  readonly sha256: string;
}

/** Bits per byte of the held-out text under models that need no network. */
export interface Baselines {
  readonly unigram: number;
  readonly bigram: number;
  readonly gzip: number;
}

export type TrainResult = { readonly baselines: Baselines } & (
  | { readonly kind: 'done'; readonly figures: TrainFigures }
  | { readonly kind: 'failed'; readonly error: string }
);

/** Everything `results.json` holds. */
export interface Results {
  readonly version: 1;
  /** Partial until the last case asked for is in. */
  readonly status: 'partial' | 'complete';
  /** In words, what a partial report lacks. */
  readonly missing: readonly string[];
  /** ISO 8601. */
  readonly started: string;
  readonly updated: string;
  /** Seconds of work, those of resumed parts included. */
  readonly seconds: number;
  readonly options: RunOptions;
  /** A hash over the sources that ran. */
  readonly source: string;
  readonly machine: Machine;
  readonly text: TextFacts;
  /** What was found, in plain words. */
  readonly headline: readonly string[];
  readonly checks?: readonly CheckLine[];
  readonly sweep?: { readonly finished: boolean; readonly samples: readonly Sample[]; readonly summary: SweepSummary };
  readonly train?: TrainResult;
}
