import type { Padding } from '@longspan/core-tensor';
import { rememberByIdentity } from '@longspan/core-tensor/memo';
import { keyPadding, keysAt, type Mask, queriesAt } from '../mask/index.ts';

const hiddenKeys = rememberByIdentity('padding masks', (padding: Padding) =>
  padding.lengths === undefined ? keysAt(positionsOf(padding)).not() : keyPadding({ lengths: padding.lengths }),
);
const hiddenQueries = rememberByIdentity('masks of padded queries', (padding: Padding) => queriesAt(positionsOf(padding)).not());
const combined = rememberByIdentity('masks with padding hidden', (_: Padding) => new WeakMap<Mask, Mask>());

/**
 * Hides the keys that are padding, from all queries; nothing where there is none. Every layer hides padded tokens by this mask, which
 * is made once for each padding.
 * @example
 * paddingMask(paddingOfLengths([3, 1]))?.name; // => 'keyPadding({ lengths: [3, 1] })'
 * paddingMask(padding([[0, 1, 1]]))?.name; // => 'keysAt([0]).not()'
 * paddingMask(padding([[1, 1]])); // => undefined
 */
export const paddingMask = (padding: Padding | undefined): Mask | undefined => (padding?.some ? hiddenKeys(padding) : undefined);

/** Leaves the queries that are padding without any key, so that they cost nothing; nothing where there is none. */
export const paddedQueriesMask = (padding: Padding | undefined): Mask | undefined => (padding?.some ? hiddenQueries(padding) : undefined);

/** The mask with the padded keys hidden; for the same mask and padding the same object, whose layouts are cached. */
export function withoutPadding(mask: Mask, padding: Padding | undefined): Mask {
  const hidden = paddingMask(padding);
  if (hidden === undefined || padding === undefined) return mask;
  const known = combined(padding).get(mask);
  if (known !== undefined) return known;
  const made = mask.and(hidden);
  combined(padding).set(mask, made);
  return made;
}

/** Per row, or a plain list where all rows are alike. */
function positionsOf(padding: Padding): readonly number[] | readonly (readonly number[])[] {
  const positions = padding.positions();
  return positions.length === 1 ? (positions[0] as readonly number[]) : positions;
}
