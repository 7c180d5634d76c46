/**
 * A value as short text for an error.
 * @example
 * show([1, 2]); // => '[1,2]'
 */
export function show(value: unknown): string {
  if (typeof value === 'function') return 'a function';
  const text = typeof value === 'number' || value === undefined ? String(value) : (JSON.stringify(value) ?? String(value));
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}
