import fc, { type Arbitrary } from 'fast-check';

/** Integers from one to the other, both among them. */
export const integer = (min: number, max: number): Arbitrary<number> => fc.integer({ min, max });

/** Integers from one to the other, small ones as likely as large ones: their logarithm is uniform. */
export const magnitude = (min: number, max: number): Arbitrary<number> =>
  fc
    .double({ min: 0, max: 1, maxExcluded: true, noNaN: true })
    .map((share) => Math.floor(Math.exp(Math.log(min) + share * Math.log((max + 1) / min))));
