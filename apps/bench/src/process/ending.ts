/** How a worker ended: with its result, over its time, or by an error of its own. */
export type Ending<Result> =
  | { readonly kind: 'done'; readonly result: Result }
  | { readonly kind: 'over'; readonly budgetSeconds: number }
  | { readonly kind: 'failed'; readonly error: string };
