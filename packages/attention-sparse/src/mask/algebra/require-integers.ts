import { ConfigError, show } from '@longspan/core-tensor/error';

/** The bound of what may be negative. */
export const UNBOUNDED: number = Number.MIN_SAFE_INTEGER;

const bound = (atLeast: number) => (atLeast === UNBOUNDED ? '' : ` of at least ${atLeast}`);

/** Throws unless the option is a list of integers; gives a copy, so that the caller's later changes do not reach the mask. */
export function requireIntegers(caller: string, name: string, values: ArrayLike<number>, atLeast: number = UNBOUNDED): readonly number[] {
  const bad = (problem: string, got: string) =>
    new ConfigError({ caller, problem, expected: 'a list of integers', got, remedy: `give ${name} as an array or an Int32Array.` });
  if (!isList(values)) throw bad(`${name} must be a list.`, show(values));
  const copy = Array.from(values);
  const at = copy.findIndex((value) => !Number.isSafeInteger(value) || value < atLeast);
  if (at >= 0) throw bad(`${name} must hold integers${bound(atLeast)}.`, `${show(copy[at])} at index ${at}`);
  return copy;
}

export const isList = (value: unknown): value is ArrayLike<unknown> =>
  Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView));
