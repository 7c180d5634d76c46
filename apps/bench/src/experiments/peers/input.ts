import type { Instructions } from '@longspan/wasm-backend';
import type { Pace } from '../../figures/alternate.ts';
import type { Estimate, Ratio } from '../../figures/pairs.ts';

export const peerNames = ['onnxruntime-node', 'onnxruntime-web', 'jax-js', 'PyTorch'] as const;
export type PeerName = (typeof peerNames)[number];

/** What is installed for each, in exact versions: a figure is worth nothing without them. */
export const packagesOf: Readonly<Record<PeerName, Readonly<Record<string, string>>>> = {
  'onnxruntime-node': { 'onnxruntime-node': '1.30.0', 'onnx-proto': '8.0.1' },
  'onnxruntime-web': { 'onnxruntime-web': '1.30.0', 'onnx-proto': '8.0.1' },
  'jax-js': { '@jax-js/jax': '0.1.25' },
  PyTorch: { torch: '2.15.0', transformers: '4.57.6' }, // safetensors and numpy come with them
};

/** All libraries get as many, the calling one included. */
export const threads = 2;

/** 4 heads of 64; the causal window is 512 keys with the query's own, Longformer's is 256 on each side. */
export const sizes = { heads: 4, headDim: 64, left: 511, longformerSide: 256 } as const;

/** Longformer's layer of base size. */
export const base = { heads: 12, width: 768, innerWidth: 3072 } as const;

/** What ours computes. */
export type Task = 'window' | 'causal' | 'longformer' | 'longformer training' | 'encoder';

/** How a peer computes it. */
export type Method =
  | 'n x n mask'
  | 'localWindowSize'
  | 'flex_attention'
  | 'scaled_dot_product_attention'
  | 'LongformerSelfAttention'
  | 'LongformerSelfAttention, backward'
  | 'LongformerLayer';

export interface Duel {
  readonly peer: PeerName;
  readonly n: number;
  readonly method: Method;
  readonly ours: Task;
  /** The work of ours that the peer's method gives the answer of, where it is not the one that is timed. */
  readonly answersAs?: Task;
}

/** What is timed apart of a work, where it has parts. */
export type PartName = 'linear layers' | 'attention';

/** Seconds of a part, and the floating-point operations of its products. */
export interface PartTimes {
  readonly name: PartName;
  readonly flops: number;
  readonly ours: number;
  /** Absent where the library has no such part of its own. */
  readonly theirs?: number;
}

interface Where {
  /** Where packages, the Python environment and files for it lie. */
  readonly folder: string;
  /** The interpreter to use, in place of the environment that the bench sets up. */
  readonly python?: string;
}

export type PeerInput = Where &
  (
    | { readonly kind: 'install'; readonly peer: PeerName }
    | {
        readonly kind: 'duel';
        readonly duel: Duel;
        readonly seed: number;
        readonly pace: Pace;
        readonly script: string;
        /** The build of our kernels; the best that the engine has by default. */
        readonly instructions?: Instructions;
      }
  );

export type PeerFigures =
  | { readonly kind: 'installed' }
  | {
      readonly kind: 'measured';
      /** Our time over the peer's. */
      readonly ratio: Ratio;
      /** Seconds of one run. */
      readonly theirs: Estimate;
      readonly ours: Estimate;
      /** The largest difference of the answers. */
      readonly error: number;
      /** What ran, with versions. */
      readonly versions: readonly string[];
      /** Where a work that has a target spends its time. */
      readonly parts: readonly PartTimes[];
      /** The highest rate of multiply-adds on 128-bit vectors that one thread has, as operations in a second. */
      readonly peak: number;
    };
