import type { Sides } from '@longspan/attention-sparse/mask';
import type { Activation, LayerContext, LayerResult, LayerWrapper, Padding } from '@longspan/core-tensor';
import { ConfigError, type OptionKind, owned, requireHeads, requireInteger, show } from '@longspan/core-tensor/error';
import { requireRate } from '@longspan/core-tensor/layer';
import type { Tensor } from '@tensorflow/tfjs-core';
import { requireWindow } from '../groups/group-masks.ts';

/** What Funnel's encoder and decoder have in common. */
export interface FunnelConfig {
  /** Features of a vector (d_model); even. */
  readonly width: number;
  readonly heads: number;
  /** Features of a head; width / heads by default. */
  readonly headDim?: number | undefined;
  /** Features inside the feed-forward layers; 4 · width by default. */
  readonly innerWidth?: number | undefined;
  /** Between the two linear maps of the feed-forward layers; 'geluTanh' by default. */
  readonly activation?: Activation | undefined;
  /** Share of the features that is dropped after the attention and after the feed-forward layers while training; 0 by default. */
  readonly hiddenDropout?: number | undefined;
  /** Share of the attention weights that is dropped while training; 0 by default. */
  readonly attentionDropout?: number | undefined;
  /** Added to variances in the layer norms; 1e-9 by default. */
  readonly epsilon?: number | undefined;
  /** Whether vector 0 is <cls>: pooled with nothing else, and without position and segment scores; true by default. */
  readonly keepCls?: boolean | undefined;
  /** With a separate <cls>: drop the last vector before pooling, so that an even length halves exactly; true by default. */
  readonly truncate?: boolean | undefined;
  /** How far a query attends to either side, in tokens on every level; to all vectors by default, as in the paper. */
  readonly window?: Sides | undefined;
  /**
   * Vectors whose inner features of the feed-forward layers (of all batch rows together), and whose long queries of the attention (of
   * each row), are there at one time; the backward pass computes them again. All of them by default.
   */
  readonly chunkLength?: number | undefined;
  /**
   * There is no cache: pooling and attention go in both directions, so that each new vector would change the rows before it. `hourglass` is
   * causal.
   */
  readonly cache?: false | undefined;
  /** Put around the attention and the feed-forward part of each layer: `recomputedLayer` of @longspan/reversible keeps only their inputs. */
  readonly wrapLayer?: LayerWrapper | undefined;
}

export interface FunnelContext extends LayerContext {
  /** Which vectors are padding; none by default. */
  readonly padding?: Padding | undefined;
  /**
   * For each batch row and vector 0 or 1, its segment, or 2, <cls>; all of segment 0 by default. Rows of numbers, or a tensor int32 [b, n],
   * whose numbers are not looked at: another one is of no segment.
   */
  readonly tokenTypes?: readonly ArrayLike<number>[] | Tensor | undefined;
}

/** `hidden` is the last of the states, the same tensor. */
export interface FunnelOutput extends LayerResult {
  /** The output of each layer, in order: a block's first one is the first that is shorter. */
  readonly states: readonly Tensor[];
}

/** The names of what they have in common. */
export const funnelNames: Readonly<Record<keyof FunnelConfig, true | OptionKind>> = {
  width: true,
  heads: true,
  headDim: true,
  innerWidth: true,
  activation: true,
  hiddenDropout: true,
  attentionDropout: true,
  epsilon: 'amount',
  keepCls: 'flag',
  truncate: 'flag',
  window: true,
  chunkLength: true,
  cache: true,
  wrapLayer: 'function',
};

/** The config with its defaults. */
export interface FunnelSizes {
  readonly width: number;
  readonly heads: number;
  readonly headDim: number;
  readonly innerWidth: number;
  readonly activation: Activation;
  readonly hiddenDropout: number;
  readonly attentionDropout: number;
  readonly epsilon: number;
  readonly keepCls: boolean;
  readonly truncate: boolean;
  readonly window: Sides | undefined;
  readonly chunkLength: number | undefined;
  readonly wrapLayer: LayerWrapper;
}

export function sizesOf(caller: string, config: FunnelConfig): FunnelSizes {
  const { width, heads, epsilon = 1e-9, keepCls = true, truncate = true, window, chunkLength, activation = 'geluTanh' } = config;
  const { hiddenDropout = 0, attentionDropout = 0 } = config;
  requireNoCache(caller, config);
  requireInteger(caller, { width, heads }, 1);
  if (config.headDim === undefined) requireHeads(caller, { width, heads });
  const { headDim = width / heads, innerWidth = 4 * width } = config;
  requireInteger(caller, { headDim, innerWidth, chunkLength: chunkLength ?? 1 }, 1);
  requireRate(caller, 'hiddenDropout', hiddenDropout);
  requireRate(caller, 'attentionDropout', attentionDropout);
  if (window !== undefined) requireWindow(caller, window);
  if (width % 2 !== 0) {
    throw new ConfigError({
      caller,
      problem: 'width must be even.',
      expected: 'an even number: a sine and a cosine for each frequency',
      got: String(width),
      remedy: `use ${width + 1}.`,
    });
  }
  const wrapLayer: LayerWrapper = config.wrapLayer ?? ((layer) => layer);
  const rates = { hiddenDropout, attentionDropout };
  return {
    width,
    heads,
    headDim,
    innerWidth,
    activation,
    ...rates,
    epsilon,
    keepCls,
    truncate,
    window: owned(window),
    chunkLength,
    wrapLayer,
  };
}

function requireNoCache(caller: string, { cache }: { readonly cache?: unknown }): void {
  if (cache === undefined || cache === false) return;
  throw new ConfigError({
    caller,
    problem: 'cache must be left out: Funnel pools and attends in both directions, so a new vector changes the rows before it.',
    expected: 'no cache',
    got: show(cache),
    remedy: 'read the whole sequence each time, or decode with hourglass, which is causal.',
  });
}
