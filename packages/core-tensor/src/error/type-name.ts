/**
 * What kind of built-in object a value is, in whatever realm it was made: of another window, of a test runner's sandbox, where
 * `instanceof` says no.
 * @example
 * typeName(new Float32Array(1)); // => 'Float32Array'
 */
export const typeName = (value: unknown): string => Object.prototype.toString.call(value).slice(8, -1);
