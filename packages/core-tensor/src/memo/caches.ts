/** Something that is kept so that it need not be made again: it may be forgotten at any time, and then is made again. */
export interface Cache {
  /** Whose it is and what it holds: 'layouts'. Caches of equal layers share a name. */
  readonly name: string;
  /** Forgets all that it holds. Nothing else changes but the time of the next calls. */
  clear(): void;
}

/** Weak, because a layer's own cache goes with the layer. */
const known = new Set<WeakRef<Cache>>();

/** Puts a cache among those that `clearCaches` clears, for as long as somebody holds it. */
export function listed<One extends Cache>(cache: One): One {
  for (const one of known) if (one.deref() === undefined) known.delete(one);
  known.add(new WeakRef(cache));
  return cache;
}

/**
 * The caches of all packages, in the order in which they were made.
 * @example
 * caches().some(({ name }) => name === 'layouts'); // => true
 */
export const caches = (): readonly Cache[] =>
  [...known].flatMap((one) => {
    const cache = one.deref();
    return cache === undefined ? [] : [cache];
  });

/**
 * Forgets what all packages keep between calls (layouts, masks of layers): for a page that is done with long sequences, or a test that
 * counts. Everything still works, and is made again where it is needed.
 * @example
 * clearCaches(); // => undefined
 */
export function clearCaches(): void {
  for (const cache of caches()) cache.clear();
}
