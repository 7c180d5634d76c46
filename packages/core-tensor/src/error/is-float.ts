/**
 * Whether a value is a number that tensors can hold: finite also as float32.
 * @example
 * [isFloat(0.1), isFloat(1e39), isFloat('1')]; // => [true, false, false]
 */
export const isFloat = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(Math.fround(value));
