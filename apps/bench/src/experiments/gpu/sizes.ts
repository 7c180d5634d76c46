import type { LanguageModelSize } from '../../model/language-model.ts';
import type { ExperimentOptions } from '../../run/experiment.ts';
import type { AttentionSize } from '../kernels/input.ts';
import type { LinearSize } from './input.ts';

export interface GpuSizes {
  readonly window: AttentionSize;
  readonly fullBlocks: Omit<AttentionSize, 'left'>;
  readonly lengths: readonly [number, ...number[]];
  readonly linear: LinearSize;
  readonly training: LanguageModelSize & { readonly n: number };
}

/** The sizes that the targets are stated for. */
const stated: GpuSizes = {
  window: { n: 4096, heads: 4, headDim: 64, left: 511 },
  fullBlocks: { n: 4096, heads: 4, headDim: 64 },
  lengths: [4096, 16_384, 65_536, 262_144],
  linear: { rows: 4096, inFeatures: 768, outFeatures: 3072 },
  training: { n: 2048, layers: 4, width: 256, heads: 4, left: 511 },
};

/** The same work for a software adapter, which computes a gigaflop in a second, and compiles a kernel in two. */
const small: GpuSizes = {
  window: { n: 512, heads: 1, headDim: 64, left: 127 },
  fullBlocks: { n: 256, heads: 2, headDim: 64 },
  lengths: [256, 1024],
  linear: { rows: 256, inFeatures: 192, outFeatures: 768 },
  training: { n: 128, layers: 1, width: 32, heads: 2, left: 63 },
};

export const sizesOf = ({ full }: Pick<ExperimentOptions, 'full'>): GpuSizes => (full ? stated : small);
