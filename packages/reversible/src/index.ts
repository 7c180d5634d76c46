export { recompute, recomputedLayer } from './recompute/recompute.ts';
export type { ReversibleBlock } from './sequence/blocks.ts';
export type { Branch, DecidingLayer } from './sequence/branch.ts';
export type { Streams } from './sequence/coupling.ts';
export { plainSequence } from './sequence/plain-sequence.ts';
export type { BlockDrift } from './sequence/reconstruction-error.ts';
export { type ReversibleOptions, type ReversibleSequence, reversibleSequence } from './sequence/sequence.ts';
