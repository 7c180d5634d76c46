export { createKey, type Key, keyFromWords } from './key.ts';
export { randomBits, randomUniform } from './random-bits.ts';
export { randomNormal } from './random-normal.ts';
export { randomPermutation } from './random-permutation.ts';
