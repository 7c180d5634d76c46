import fc, { type Arbitrary } from 'fast-check';

/** Integers from one to the other, both among them. */
export const integer = (min: number, max: number): Arbitrary<number> => fc.integer({ min, max });
