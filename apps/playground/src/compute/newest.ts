/**
 * Work for the newest of what is wanted: while one runs, those that come and go in between are passed over. So a worker follows a vector
 * that is dragged without being ended and started again.
 */
export function newest<Wanted, Result>(
  work: (wanted: Wanted) => Promise<Result>,
  { done, failed }: { done(result: Result, wanted: Wanted): void; failed(error: unknown): void },
): (wanted: Wanted) => void {
  let isBusy = false;
  let next: { readonly wanted: Wanted } | undefined;
  const run = async (wanted: Wanted): Promise<void> => {
    isBusy = true;
    try {
      done(await work(wanted), wanted);
    } catch (error) {
      failed(error);
    }
    isBusy = false;
    const waiting = next;
    next = undefined;
    if (waiting !== undefined) void run(waiting.wanted);
  };
  return (wanted) => {
    if (isBusy) next = { wanted };
    else void run(wanted);
  };
}
