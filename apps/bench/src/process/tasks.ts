import type { CheckInput, CheckLine, CheckProgress } from '../experiments/book/check/check-task.ts';
import type { PointFigures, PointInput } from '../experiments/book/sweep/point-task.ts';
import type { TrainFigures, TrainInput, TrainProgress } from '../experiments/book/train/train-task.ts';
import type { PointProgress } from '../run/experiment.ts';
import type { ExperimentPointInput } from '../run/point.ts';

/** What one kind of worker process is told, reports on the way and gives back; all of it survives JSON. */
export interface Task<Input, Progress, Result> {
  readonly input: Input;
  readonly progress: Progress;
  readonly result: Result;
}

/** Everything a worker can be asked to do. Experiments need no line of their own here: they are in their registry. */
export interface Tasks {
  readonly checks: Task<CheckInput, CheckProgress, readonly CheckLine[]>;
  readonly point: Task<PointInput, never, PointFigures>;
  readonly train: Task<TrainInput, TrainProgress, TrainFigures>;
  readonly experiment: Task<ExperimentPointInput, PointProgress, unknown>;
}

export type TaskName = keyof Tasks;

export interface Order<Name extends TaskName = TaskName> {
  readonly task: Name;
  readonly input: Tasks[Name]['input'];
}

export type Message =
  | { readonly kind: 'ready' }
  | { readonly kind: 'started' }
  | { readonly kind: 'progress'; readonly value: unknown }
  | { readonly kind: 'result'; readonly value: unknown }
  | { readonly kind: 'failed'; readonly error: string };
