/** What the running task may tell the process that started it. */
export interface Reporter<Progress> {
  /** Set-up is over: from here on the time budget runs. */
  started(): Promise<void>;
  progress(value: Progress): Promise<void>;
}

/** The work of one kind of worker process, as its file under `cases/` exports it; all that it takes and gives survives JSON. */
export type Work<Input, Progress, Result> = (input: Input, reporter: Reporter<Progress>) => Promise<Result>;
