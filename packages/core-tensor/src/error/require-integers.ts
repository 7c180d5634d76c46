import { ConfigError } from './config-error.ts';
import { UNBOUNDED } from './require-integer.ts';
import { show } from './show.ts';
import { typeName } from './type-name.ts';

/**
 * Checks that an option is a list of integers.
 * @param caller the function that was called, for the message
 * @param atLeast any integers will do by default
 * @returns a copy, which later changes by the caller do not reach
 * @throws ConfigError that names the option, and the first element that is not an integer
 * @example
 * requireIntegers('keysAt', 'keys', Int32Array.of(0, 5), 0); // => [0, 5]
 */
export function requireIntegers(caller: string, name: string, values: ArrayLike<number>, atLeast: number = UNBOUNDED): readonly number[] {
  const wrong = (problem: string, got: string) =>
    new ConfigError({ caller, problem, expected: 'a list of integers', got, remedy: `give ${name} as an array or an Int32Array.` });
  if (!isList(values)) throw wrong(`${name} must be a list.`, show(values));
  const copy = Array.from(values);
  const at = copy.findIndex((value) => !Number.isSafeInteger(value) || value < atLeast);
  if (at >= 0)
    throw wrong(`${name} must hold integers${atLeast === UNBOUNDED ? '' : ` of at least ${atLeast}`}.`, `${show(copy[at])} at index ${at}`);
  return copy;
}

/**
 * Whether a value can be read as a list: an array without holes, which `map` and `every` would pass over, or a typed array whose memory was
 * not handed over to a worker.
 */
export const isList = (value: unknown): value is ArrayLike<unknown> =>
  Array.isArray(value) ? !hasHoles(value) : ArrayBuffer.isView(value) && typeName(value) !== 'DataView' && !isDetached(value);

/** Whether a value is an array without holes, and no typed one. */
export const isDenseArray = (value: unknown): value is readonly unknown[] => Array.isArray(value) && !hasHoles(value);

/** By trying: only later engines say so by a field. */
function isDetached({ buffer }: ArrayBufferView): boolean {
  try {
    return !new Uint8Array(buffer);
  } catch {
    return true;
  }
}

function hasHoles(list: readonly unknown[]): boolean {
  for (let at = 0; at < list.length; at++) if (list[at] === undefined && !(at in list)) return true;
  return false;
}
