import type { Parameters } from '@longspan/core-tensor';
import type { Lesson } from './lesson.ts';
import type { SmallModel } from './make-model.ts';
import type { Judged, TextIdentity } from './run-file.ts';
import type { Settings } from './settings.ts';

/** A run in this worker, between its steps. */
export interface Session {
  readonly settings: Settings;
  readonly place: string;
  readonly text: TextIdentity | undefined;
  readonly lesson: Lesson;
  readonly model: SmallModel;
  readonly losses: number[];
  readonly judged: Judged[];
  milliseconds: number;
  /** Weights between two legs; those of a leg are the run's. */
  parameters: Parameters;
  /** The last checkpoint of `train`, and the step that it is of. */
  checkpoint: Uint8Array<ArrayBuffer> | undefined;
  keptStep: number;
  /** ms of a step, once some were taken. */
  stepTime: number | undefined;
}
