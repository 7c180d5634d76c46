import type { Instructions } from '@longspan/wasm-backend';
import type { Pass } from '../../attention/method.ts';
import type { Pace } from '../../figures/alternate.ts';
import type { Ratio } from '../../figures/pairs.ts';
import type { Profile } from './profile.ts';

/** What every point of this experiment is told. */
export interface Common {
  readonly seed: number;
  /** The build of our kernels; the best that the engine accepts by default. */
  readonly instructions?: Instructions;
  readonly pace: Pace;
}

/** One matrix product: `batch` times [m, k] x [k, n], each side stored transposed or not. */
export interface Product {
  readonly batch: number;
  readonly m: number;
  readonly k: number;
  readonly n: number;
  readonly transposeA: boolean;
  readonly transposeB: boolean;
}

/** Causal attention over a window, float32, the query's own key and `left` before it. */
export interface AttentionSize {
  readonly n: number;
  readonly heads: number;
  readonly headDim: number;
  readonly left: number;
}

/** What attention is measured against. */
export type Rival = 'dense' | 'dense composition' | 'window composition' | 'no relative term';

export type Task =
  | ({ readonly kind: 'product' } & Product)
  | ({ readonly kind: 'attention'; readonly pass: Pass; readonly rival: Rival } & AttentionSize)
  | ({ readonly kind: 'threads'; readonly pass: Pass } & AttentionSize)
  | ({ readonly kind: 'second process'; readonly pass: Pass } & AttentionSize)
  | ({ readonly kind: 'rate' } & AttentionSize)
  | ({ readonly kind: 'growth'; readonly pass: Pass; readonly lengths: readonly number[] } & Omit<AttentionSize, 'n'>)
  | ({ readonly kind: 'layout' } & AttentionSize)
  | ({ readonly kind: 'memory' } & AttentionSize)
  | {
      readonly kind: 'training';
      readonly n: number;
      readonly width: number;
      readonly layers: number;
      readonly heads: number;
      readonly left: number;
    };

export type KernelInput = Common & Task;

/** A figure that can be compared with a target, and the two figures it is of in words. */
export interface Measured {
  readonly figure: Ratio;
  readonly base: string;
  readonly head: string;
  /** What else a reader should know: what was counted, the shares of the time. */
  readonly detail?: string;
}

/** Where the time of what a row measures goes, by the names of rows. */
export type Profiles = Readonly<Record<string, Profile>>;

/** What a point found. */
export interface KernelFigures {
  /** By the names of their rows. */
  readonly measured: Readonly<Record<string, Measured>>;
  readonly profiles: Profiles;
  /** Single figures of a fresh process, which the rows take together from several points. */
  readonly samples: Readonly<Record<string, number>>;
  /** The build of our kernels that ran. */
  readonly instructions: Instructions;
}
