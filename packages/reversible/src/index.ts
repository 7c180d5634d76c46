export type { ReversibleBlock } from './blocks.ts';
export type { Branch, DecidingLayer } from './branch.ts';
export { type ChunkedCrossEntropyOptions, chunkedCrossEntropy, type LossInputs } from './chunked-cross-entropy.ts';
export type { Streams } from './coupling.ts';
export type { BlockDrift } from './drift.ts';
export { recompute, recomputedLayer } from './recompute.ts';
export { type ReversibleOptions, type ReversibleSequence, reversibleSequence } from './sequence.ts';
export { storedSequence } from './stored-sequence.ts';
