import type { MechanismName } from './mechanism-names.ts';
import type { TaskName } from './task-list.ts';

export interface TaskInput {
  readonly seed: number;
  readonly task: TaskName;
  readonly mechanism: MechanismName;
  /** Of the first run; each further one has twice as many. */
  readonly steps: number;
  /** How often a run that stays at or below the bound begins anew with twice the steps. */
  readonly doublings: number;
  readonly bound: number;
  readonly batch: number;
}

export interface TaskFigures {
  /** Answers that were right, of examples that were not trained on. */
  readonly score: number;
  /** The score without reading the tokens. */
  readonly chance: number;
  /** How many answers that is the share of. */
  readonly answers: number;
  /** Of the run that the score is from. */
  readonly steps: number;
}
