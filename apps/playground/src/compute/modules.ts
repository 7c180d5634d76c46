/**
 * What a worker can be started for: the functions of one module, loaded in the worker. All workers have one script, so that what they share,
 * tfjs above all, is one file of the site.
 */
export const modules = {
  'try-backend': () => import('./try-backend.ts'),
  mask: () => import('../views/pattern/mask-work.ts'),
  'time-attention': () => import('../views/pattern/time-attention.ts'),
  race: () => import('../views/race/race-work.ts'),
  undo: () => import('../views/undo/undo-work.ts'),
  lsh: () => import('../views/buckets/lsh-work.ts'),
  levels: () => import('../views/levels/levels-work.ts'),
  train: () => import('../views/train/train-work.ts'),
  reader: () => import('../views/look/reader-work.ts'),
  ask: () => import('../views/ask/ask-work.ts'),
  words: () => import('../views/ask/words-work.ts'),
  xl: () => import('../views/memory/xl-work.ts'),
};

export type ModuleName = keyof typeof modules;

/** The functions of a module as one calls them from the page. */
export type ApiOf<Name extends ModuleName> = Awaited<ReturnType<(typeof modules)[Name]>>['api'];
