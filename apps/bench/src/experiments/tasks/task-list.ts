export const taskNames = [
  'needle',
  'copy',
  'duplication',
  'recall',
  'list operations',
  'sorting',
  'addition',
  'motif pairs',
  'regimes',
] as const;
export type TaskName = (typeof taskNames)[number];

export interface TaskSetting {
  readonly steps: number;
  /** The accuracy that counts as learnt: well above chance, and above what a guess among the example's tokens reaches. */
  readonly bound: number;
  readonly length: number;
  /** The place of the first answer; the last one stands at the end. */
  readonly answersFrom: number;
  /** Tokens from an answer back to the farthest one that it may need. */
  readonly distance: number;
  /** Later tokens of an example are the answers to earlier ones: what is not causal reads them off. */
  readonly showsAnswers?: true;
}

/** The tasks stand in made-tasks.ts: this list needs no tfjs. */
export const taskSettings: Readonly<Record<TaskName, TaskSetting>> = {
  needle: { steps: 100, bound: 0.9, length: 12, answersFrom: 11, distance: 11 },
  copy: { steps: 100, bound: 0.9, length: 12, answersFrom: 8, distance: 8 },
  duplication: { steps: 250, bound: 0.8, length: 9, answersFrom: 5, distance: 4, showsAnswers: true },
  recall: { steps: 600, bound: 0.8, length: 16, answersFrom: 4, distance: 15 },
  'list operations': { steps: 250, bound: 0.5, length: 5, answersFrom: 4, distance: 4 },
  sorting: { steps: 200, bound: 0.8, length: 10, answersFrom: 5, distance: 9, showsAnswers: true },
  addition: { steps: 250, bound: 0.85, length: 5, answersFrom: 3, distance: 4, showsAnswers: true },
  'motif pairs': { steps: 300, bound: 0.85, length: 10, answersFrom: 9, distance: 9 },
  regimes: { steps: 300, bound: 0.85, length: 14, answersFrom: 13, distance: 13 },
};
