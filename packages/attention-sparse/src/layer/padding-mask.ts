import type { Padding } from '@longspan/core-tensor';
import { keyPadding, keysAt, type Mask, queriesAt } from '../mask/index.ts';

type Positions = readonly number[] | readonly (readonly number[])[];

const keyMasks = new WeakMap<Padding, Mask>();
const queryMasks = new WeakMap<Padding, Mask>();
const visible = new WeakMap<Padding, WeakMap<Mask, Mask>>();

/**
 * Hides the keys that are padding, from all queries; nothing where there is none. Every layer hides padded tokens by this mask, which
 * is made once for each padding.
 * @example
 * paddingMask(paddingOfLengths([3, 1]))?.name; // => 'keyPadding({ lengths: [3, 1] })'
 * paddingMask(padding([[0, 1, 1]]))?.name; // => 'keysAt([0]).not()'
 * paddingMask(padding([[1, 1]])); // => undefined
 */
export function paddingMask(padding: Padding | undefined): Mask | undefined {
  if (padding === undefined || !padding.some) return undefined;
  return made(keyMasks, padding, () =>
    padding.lengths === undefined ? keysAt(positionsOf(padding)).not() : keyPadding({ lengths: padding.lengths }),
  );
}

/** Leaves the queries that are padding without any key, so that they cost nothing; nothing where there is none. */
export function paddedQueriesMask(padding: Padding | undefined): Mask | undefined {
  if (padding === undefined || !padding.some) return undefined;
  return made(queryMasks, padding, () => queriesAt(positionsOf(padding)).not());
}

/** The mask with the padded keys hidden; for the same mask and padding the same object, whose layouts are cached. */
export function withoutPadding(mask: Mask, padding: Padding | undefined): Mask {
  const hidden = paddingMask(padding);
  if (hidden === undefined || padding === undefined) return mask;
  const ofPadding = made(visible, padding, () => new WeakMap<Mask, Mask>());
  return made(ofPadding, mask, () => mask.and(hidden));
}

/** Per row, or a plain list where all rows are alike. */
const positionsOf = (padding: Padding): Positions => {
  const positions = padding.positions();
  return positions.length === 1 ? (positions[0] as readonly number[]) : positions;
};

function made<Name extends object, Value>(
  kept: { get(name: Name): Value | undefined; set(name: Name, value: Value): unknown },
  name: Name,
  make: () => Value,
): Value {
  const known = kept.get(name);
  if (known !== undefined) return known;
  const value = make();
  kept.set(name, value);
  return value;
}
