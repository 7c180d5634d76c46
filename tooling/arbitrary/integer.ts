import fc, { type Arbitrary } from 'fast-check';

/** Integers from one to the other, both among them. */
export const integer = (min: number, max: number): Arbitrary<number> => fc.integer({ min, max });

const steps = 2 ** 20;

/** Integers from one to the other, small ones as likely as large ones: their logarithm is uniform. */
export const magnitude = (min: number, max: number): Arbitrary<number> =>
  fc.noBias(integer(0, steps - 1)).map((step) => Math.floor(Math.exp(Math.log(min) + (step / steps) * Math.log((max + 1) / min))));
