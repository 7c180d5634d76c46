import type { CheckInput, CheckLine, CheckProgress } from './cases/check-task.ts';
import type { PointFigures, PointInput } from './cases/point-task.ts';
import type { TrainFigures, TrainInput, TrainProgress } from './cases/train-task.ts';

/** What one kind of worker process is told, reports on the way and gives back; all of it survives JSON. */
export interface Task<Input, Progress, Result> {
  readonly input: Input;
  readonly progress: Progress;
  readonly result: Result;
}

/** Everything a worker can be asked to do. A new experiment adds a line here and one in `worker.ts`. */
export interface Tasks {
  readonly checks: Task<CheckInput, CheckProgress, readonly CheckLine[]>;
  readonly point: Task<PointInput, never, PointFigures>;
  readonly train: Task<TrainInput, TrainProgress, TrainFigures>;
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
