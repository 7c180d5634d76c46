import type { Padding } from '@longspan/core-tensor';
import { requireKind } from '@longspan/core-tensor/error';
import { rememberByIdentity } from '@longspan/core-tensor/memo';
import { requireMask } from '../mask/algebra/require-mask.ts';
import { keyPadding, keysAt, type Mask, queriesAt } from '../mask/index.ts';

const unpaddedKeys = rememberByIdentity('padding masks', (padding: Padding) =>
  padding.lengths === undefined ? keysAt(positionsOf(padding)).not() : keyPadding({ lengths: padding.lengths }),
);
const paddedRows = rememberByIdentity('masks of padded rows', (padding: Padding) => queriesAt(positionsOf(padding)).not());
const withoutKeys = rememberByIdentity('masks without padding', (_: Padding) => new WeakMap<Mask, Mask>());
const withoutRows = rememberByIdentity('masks without padding and its rows', (_: Padding) => new WeakMap<Mask, Mask>());

/**
 * Masks the keys that are padding, for all queries; nothing where there is none. Every layer masks padded tokens by this mask, which
 * is made once for each padding.
 * @example
 * paddingMask(paddingOfLengths([3, 1]))?.name; // => 'keyPadding({ lengths: [3, 1] })'
 * paddingMask(padding([[0, 1, 1]]))?.name; // => 'keysAt([0]).not()'
 * paddingMask(padding([[1, 1]])); // => undefined
 */
export function paddingMask(padding: Padding | undefined): Mask | undefined {
  if (padding !== undefined) requireKind('paddingMask', 'padding', padding, 'padding');
  return padding?.some ? unpaddedKeys(padding) : undefined;
}

/**
 * The mask without the padded keys; for the same mask and padding the same object, whose layouts are cached.
 * @example
 * withoutPadding(causal(), paddingOfLengths([3, 1])).name; // => 'causal().and(keyPadding({ lengths: [3, 1] }))'
 */
export function withoutPadding(mask: Mask, padding: Padding | undefined): Mask {
  requireArguments('withoutPadding', mask, padding);
  const own = paddingMask(padding);
  return own === undefined ? mask : once(withoutKeys(padding as Padding), mask, () => mask.and(own));
}

/**
 * The same with the rows of padded queries empty as well, so that they are zeros and cost nothing.
 * @example
 * withoutPaddedRows(causal(), padding([[0, 1]])).name; // => 'causal().and(keysAt([0]).not()).and(queriesAt([0]).not())'
 */
export function withoutPaddedRows(mask: Mask, padding: Padding | undefined): Mask {
  requireArguments('withoutPaddedRows', mask, padding);
  if (padding === undefined || !padding.some) return mask;
  return once(withoutRows(padding), mask, () => withoutPadding(mask, padding).and(paddedRows(padding)));
}

const withinCalls = rememberByIdentity('masks within masks of calls', (_: Mask) => new WeakMap<Mask, Mask>());

/** What both masks show; for the same two the same object, whose layouts are cached. */
export const withinMask = (mask: Mask, call: Mask | undefined): Mask =>
  call === undefined ? mask : once(withinCalls(call), mask, () => mask.and(call));

function requireArguments(caller: string, mask: Mask, padding: Padding | undefined): void {
  requireMask(caller, 'mask', mask);
  if (padding !== undefined) requireKind(caller, 'padding', padding, 'padding');
}

function once(kept: WeakMap<Mask, Mask>, mask: Mask, make: () => Mask): Mask {
  const known = kept.get(mask);
  if (known !== undefined) return known;
  const made = make();
  kept.set(mask, made);
  return made;
}

/** Per row, or a plain list where all rows are alike. */
function positionsOf(padding: Padding): readonly number[] | readonly (readonly number[])[] {
  const positions = padding.positions();
  return positions.length === 1 ? (positions[0] as readonly number[]) : positions;
}
