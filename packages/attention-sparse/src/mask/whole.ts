import { ConfigError } from '@longspan/core-tensor/error';

/** The bound of what may be negative. */
export const UNBOUNDED: number = Number.MIN_SAFE_INTEGER;

const bound = (atLeast: number) => (atLeast === UNBOUNDED ? '' : ` of at least ${atLeast}`);

/** Throws unless each of the named options is a whole number of at least that much. */
export function requireWhole(door: string, options: Readonly<Record<string, unknown>>, atLeast: number): void {
  for (const [name, value] of Object.entries(options)) {
    if (Number.isSafeInteger(value) && (value as number) >= atLeast) continue;
    throw new ConfigError({
      door,
      problem: `${name} is not a whole number${bound(atLeast)}.`,
      expected: atLeast === UNBOUNDED ? 'a whole number' : `a whole number, ${atLeast} or more`,
      got: show(value),
      remedy: `give ${name} as a count of tokens, blocks or rows.`,
    });
  }
}

/** Throws unless the option is a list of whole numbers; gives a copy, so that the caller's later changes do not reach the mask. */
export function requireWholes(door: string, name: string, values: ArrayLike<number>, atLeast: number = UNBOUNDED): readonly number[] {
  const bad = (problem: string, got: string) =>
    new ConfigError({ door, problem, expected: 'a list of whole numbers', got, remedy: `give ${name} as an array or an Int32Array.` });
  if (!isList(values)) throw bad(`${name} is not a list.`, show(values));
  const copy = Array.from(values);
  const at = copy.findIndex((value) => !Number.isSafeInteger(value) || value < atLeast);
  if (at >= 0) throw bad(`${name} holds what is not a whole number${bound(atLeast)}.`, `${show(copy[at])} at index ${at}`);
  return copy;
}

export const isList = (value: unknown): value is ArrayLike<unknown> =>
  Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView));

/** A value as short text for an error. */
export function show(value: unknown): string {
  if (typeof value === 'function') return 'a function';
  const text = typeof value === 'number' || value === undefined ? String(value) : (JSON.stringify(value) ?? String(value));
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}
