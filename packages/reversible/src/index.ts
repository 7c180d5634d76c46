export { recompute, recomputedLayer } from './recompute/recompute.ts';
export type { ContextOfBlocks, OutputOfBlocks, ReversibleBlock } from './sequence/blocks.ts';
export { plainSequence } from './sequence/plain-sequence.ts';
export type { BlockReconstructionError } from './sequence/reconstruction-error.ts';
export { type ReversibleSequence, type ReversibleSequenceConfig, reversibleSequence, type StreamsResult } from './sequence/sequence.ts';
export { averageStreams, duplicateStreams } from './sequence/streams.ts';
