/** In the registry of the process, so that all copies of this library, and all realms, know each other's. */
const stamp = Symbol.for('@longspan/stamp');

/**
 * Freezes what a function made and hands out, so that a change by hand throws where it is made, and stamps it, which no copy has. What has
 * the stamp need not be looked at again when it comes back as an argument.
 * @param made a record or an instance; lists in its fields are frozen too, so they must be its own. Typed arrays cannot be.
 * @example
 * const own = stamped({ sizes: [1, 2] });
 * [isStamped(own), isStamped({ ...own }), Object.isFrozen(own.sizes)]; // => [true, false, true]
 */
export function stamped<Made extends object>(made: Made): Made {
  for (const { value } of Object.values(Object.getOwnPropertyDescriptors(made))) if (Array.isArray(value)) Object.freeze(value);
  return Object.freeze(Object.defineProperty(made, stamp, { value: made }));
}

/**
 * Whether it has the stamp, and so is as it was made.
 * @example
 * isStamped({ words: [1, 2] }); // => false
 */
export const isStamped = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && (value as { readonly [stamp]?: unknown })[stamp] === value;
