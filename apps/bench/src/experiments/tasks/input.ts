import type { MechanismName } from './mechanism-names.ts';
import type { TaskName } from './task-list.ts';

export interface TaskInput {
  readonly seed: number;
  readonly task: TaskName;
  readonly mechanism: MechanismName;
  readonly steps: number;
  readonly batch: number;
}

export interface TaskFigures {
  /** Answers that were right, of examples that were not trained on. */
  readonly score: number;
  /** The score without reading the tokens. */
  readonly chance: number;
  /** How many answers that is the share of. */
  readonly answers: number;
  readonly seconds: number;
}
