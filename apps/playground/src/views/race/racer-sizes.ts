import type { MaskSizes, RaceSizes } from './racer.ts';

/** About the square root, a power of two: what makes a pattern of two parts cost n · √n. */
const root = (length: number): number => 2 ** Math.round(Math.log2(length) / 2);

export const masksAt = ({ length, causal }: Pick<RaceSizes, 'length' | 'causal'>): MaskSizes => ({
  causal,
  root: String(root(length)),
  blocks: String(length / 64),
  random: String(Math.min(3, length / 64 - 3)),
});

export const masksInScript = ({ causal }: Pick<RaceSizes, 'causal'>): MaskSizes => ({
  causal,
  root: '2 ** Math.round(Math.log2(n) / 2)',
  blocks: 'n / 64',
  random: 'Math.min(3, n / 64 - 3)',
});

/** Sizes that more than one place has to know. */
export const sizesOf = {
  window: 256,
  bucketSize: 128,
  chunkLength: 64,
  rounds: 2,
  blockSize: 64,
  mobaBlocks: 4,
  selectedBlocks: 8,
  topK: 64,
  segmentLength: 256,
  nsa: {
    compressionLength: 32,
    compressionStride: 16,
    selectionLength: 64,
    selectedBlocks: 8,
    window: { left: 255 },
  },
  clusters: root,
} as const;
