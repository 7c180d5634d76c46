import type { Way } from '../replay.ts';

/** A family that can be computed in one way only. */
export const oneWay = (run: Way['run']): readonly Way[] => [{ name: '', run }];

/**
 * The fixtures are short: with the default block size most are one block. Blocks of 16 tokens make several of them, so that the
 * lists, the merging of blocks and the ragged last block take part.
 */
export const blockSizes = (run: (options: { readonly blockSize?: number }) => Way['run']): readonly Way[] => [
  { name: '', run: run({}) },
  { name: 'blockSize 16', run: run({ blockSize: 16 }) },
];
