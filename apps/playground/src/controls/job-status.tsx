import type { Job } from '../compute/job.ts';

interface JobStatusProps<Result> {
  readonly job: Job<Result>;
  /** What is said before anything was started. */
  readonly idle?: string | undefined;
  /** Starts it again after it was cancelled or has failed. */
  again(): void;
}

/** What some work is at: its progress and a way to end it, or what became of it. */
export function JobStatus<Result>({ job, idle, again }: JobStatusProps<Result>) {
  const state = job.state.value;
  if (state.at === 'done') return null;
  if (state.at === 'idle') return idle === undefined ? null : <p class="waiting">{idle}</p>;
  if (state.at === 'running') {
    const { label, share } = state.progress;
    return (
      <div class="job" role="status">
        <progress aria-label={label} {...(share === undefined ? {} : { value: share })} />
        <span class="job-label">{label}</span>
        <button type="button" class="plain" onClick={job.cancel}>
          Cancel
        </button>
      </div>
    );
  }
  return (
    <div class={state.at === 'failed' ? 'problem' : 'job'} role={state.at === 'failed' ? 'alert' : 'status'}>
      {state.at === 'failed' ? <pre>{state.message}</pre> : <span class="job-label">Cancelled.</span>}
      <button type="button" onClick={again}>
        {state.at === 'failed' ? 'Try again' : 'Start again'}
      </button>
    </div>
  );
}
