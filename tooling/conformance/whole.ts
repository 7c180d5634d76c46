import fc, { type Arbitrary } from 'fast-check';

/** Whole numbers from one to the other, both among them. */
export const whole = (min: number, max: number): Arbitrary<number> => fc.integer({ min, max });
