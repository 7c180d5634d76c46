import { Tensor } from '@tensorflow/tfjs-core';

const tolerance = 1e-6;

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null;

const isNumbers = (value: unknown): value is ArrayLike<number> => ArrayBuffer.isView(value) && !(value instanceof DataView);

/** A sentence on the first difference, or nothing. Numbers may differ by 1e-6 (of the expected, where that is above 1); NaN equals nothing. */
export async function difference(actual: unknown, expected: unknown, path = 'it'): Promise<string | undefined> {
  const value = actual instanceof Tensor ? await actual.array() : isNumbers(actual) ? Array.from(actual) : actual;
  const wanted = isNumbers(expected) ? Array.from(expected) : expected;
  const differs = `${path} is ${show(value)}, not ${show(wanted)}`;
  if (typeof wanted === 'number') return typeof value === 'number' && close(value, wanted) ? undefined : differs;
  if (!isObject(wanted) || !isObject(value)) return value === wanted ? undefined : differs;
  if (Array.isArray(wanted) !== Array.isArray(value)) return differs;
  const keys = new Set([...Object.keys(wanted), ...Object.keys(value)]);
  for (const key of keys) {
    if (!(key in value) || !(key in wanted)) return differs;
    const found = await difference(value[key], wanted[key], Array.isArray(wanted) ? `${path}[${key}]` : `${path}.${key}`);
    if (found !== undefined) return found;
  }
  return undefined;
}

const close = (actual: number, expected: number): boolean =>
  actual === expected || Math.abs(actual - expected) <= tolerance * Math.max(1, Math.abs(expected));

function show(value: unknown): string {
  const text = typeof value === 'number' || typeof value !== 'object' ? String(value) : JSON.stringify(value);
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}
