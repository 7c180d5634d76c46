/** How far the work of a point is. */
export interface WorkProgress {
  /** From 0 to 1. */
  readonly done: number;
  readonly label: string;
}

/** What running work may tell the process that started it. */
export interface Reporter {
  /** Set-up is over: from here on the time budget runs. */
  started(): Promise<void>;
  progress(value: WorkProgress): Promise<void>;
}
