import {
  applyLinear,
  type BlockLayout,
  defineLayer,
  dims,
  type Layer,
  type LayerContext,
  type LayerResult,
  linear,
  mergeHeads,
  type Own,
  relativePositions,
  type ScoreTerm,
  splitHeads,
} from '@longspan/core-tensor';
import {
  ConfigError,
  type OptionKind,
  requireInteger,
  requireIntegers,
  requireKind,
  requireKnown,
  ShapeError,
  show,
  stamped,
} from '@longspan/core-tensor/error';
import { askedAttentionRows, attentionCall, attentionRows, runAttention } from '@longspan/core-tensor/kernel';
import {
  attentionDropoutTerms,
  biasSpec,
  dropoutKey,
  requireContext,
  requireRate,
  transformerDraw,
  weightSpec,
} from '@longspan/core-tensor/layer';
import { concat, reshape, slice, type Tensor, transpose } from '@tensorflow/tfjs-core';
import { bandLayout } from './band-layout.ts';
import { distanceEncodings } from './distance-encodings.ts';

export interface RelativeAttentionConfig {
  /** Features of a token. */
  readonly width: number;
  readonly heads: number;
  /** Features of each head; heads · headDim need not be the width. */
  readonly headDim: number;
  /**
   * How many tokens before its own a query attends to; all by default, and so the more the later it stands in its segment.
   * Hugging Face's `same_length` with `mem_len` M is { left: M − 1 }.
   */
  readonly window?: { readonly left: number } | undefined;
  /** Distances above this one are encoded as it is; all differ by default. */
  readonly maxDistance?: number | undefined;
  /** Whether u and v come from the context, as those of layers with common biases; false by default. */
  readonly sharedBiases?: boolean | undefined;
  /** Rate at which attention weights are dropped while training; 0 by default. */
  readonly attentionDropout?: number | undefined;
  /** Tokens along each side of a block of the layout; 64 by default, or the length of shorter sequences, filled up to a multiple of 8. */
  readonly blockSize?: number | undefined;
}

/** The paper's u (by content) and v (by distance), each [heads, headDim]. */
export interface RelativeBiases {
  readonly u: Tensor;
  readonly v: Tensor;
}

export interface RelativeAttentionContext extends LayerContext {
  /** [distances, width]: encodings of the distances, that of 0 last; farther ones use the first row. Sinusoids by default. */
  readonly r?: Tensor | undefined;
  /** [b, m, width]: x of the m tokens before the segment; none by default. */
  readonly memory?: Tensor | undefined;
  /** For each batch row how many of its last memory tokens are visible; all by default. */
  readonly memoryLengths?: readonly number[] | undefined;
  /** Where the layer was made with sharedBiases. */
  readonly biases?: RelativeBiases | undefined;
}

export interface RelativeWeightsContext extends RelativeAttentionContext {
  /** Positions of queries within the segment. */
  readonly queries: readonly number[];
}

/** The attention layer, which can also say what it attends to. */
export interface RelativeAttention extends Layer<RelativeAttentionContext> {
  /**
   * The exact softmax weights of given queries, before dropout, by the same parameters: hidden [b, h, queries, w], and their keys
   * int32 of that shape, −1 after the last; see `attentionRows` of core-tensor.
   */
  readonly weights: Layer<RelativeWeightsContext, LayerResult & { readonly keys: Tensor }>;
}

const caller = 'relativeAttention';

/** The names of its config. */
export const relativeAttentionNames: Readonly<Record<keyof RelativeAttentionConfig, true | OptionKind>> = {
  width: true,
  heads: true,
  headDim: true,
  window: true,
  maxDistance: true,
  sharedBiases: 'flag',
  attentionDropout: true,
  blockSize: true,
};

/**
 * Transformer-XL's attention by content and by distance: a segment attends to the memory before it and to itself, causally; then the
 * output projection. Residual sum, norm and the memory as state are `memoryAttention`'s. The memory is read, never changed; gradients
 * reach it.
 * Parameters as in Hugging Face: `qkv_net.weight`, `r_net.weight`, `o_net.weight`, `r_w_bias` (the paper's u) and `r_r_bias` (v).
 * @shape x [b, n, width] -> the same; context.memory [b, m, width], context.r [distances, width]
 * @throws ConfigError when a size or a rate is not possible; apply: ShapeError, ConfigError when x or the context does not fit
 * @cost O(b · n · left · heads · headDim) by visited blocks, and O(b · (n + m) · width · heads · headDim) for the projections;
 *   r is projected once for all batch rows
 * @source Dai et al. 2019 (arXiv 1901.02860) §3.3; RelPartialLearnableMultiHeadAttn of Hugging Face transformers 4.57
 * @example
 * const layer = relativeAttention({ width: 4, heads: 2, headDim: 3 });
 * layer.apply(layer.init(createKey(0)), ones([1, 5, 4]), { memory: ones([1, 7, 4]) }).shape; // => [1, 5, 4]
 */
export function relativeAttention(config: RelativeAttentionConfig): RelativeAttention {
  requireKnown(caller, config, relativeAttentionNames);
  const { width, heads, headDim, sharedBiases = false, attentionDropout = 0, blockSize } = config;
  const left = leftOf(caller, config);
  requireInteger(caller, { width, heads, headDim }, 1);
  if (blockSize !== undefined) requireInteger(caller, { blockSize }, 1);
  if (config.maxDistance !== undefined) requireInteger(caller, { maxDistance: config.maxDistance }, 0);
  requireRate(caller, 'attentionDropout', attentionDropout);
  const inner = heads * headDim;

  const parts = {
    r_net: linear({ inFeatures: width, outFeatures: inner, bias: false, draw: transformerDraw }),
    o_net: linear({ inFeatures: inner, outFeatures: width, bias: false, draw: transformerDraw }),
  };
  const bias = biasSpec([heads, headDim], transformerDraw);
  const shared = {
    spec: {
      'qkv_net.weight': weightSpec([3 * inner, width], transformerDraw),
      ...(sharedBiases ? {} : { r_w_bias: bias, r_r_bias: bias }),
    },
    parts,
    checkContext(name: string, context: RelativeAttentionContext) {
      const { r, biases } = context;
      dims(name, {
        r: [r, `?distances ${width}:float32`],
        u: [biases?.u, `?${heads} ${headDim}:float32`],
        v: [biases?.v, `?${heads} ${headDim}:float32`],
      });
      dropoutKey(name, attentionDropout, context);
    },
    check(name: string, x: Tensor, { memory, memoryLengths }: RelativeAttentionContext) {
      dims(name, { x: [x, `b n ${width}:float32`], memory: [memory, `?b m ${width}:float32`] });
      firstKeysOf(name, memoryLengths, x.shape[0] as number, memory?.shape[1] ?? 0);
    },
  };
  const reads = ['r', 'memory', 'memoryLengths', ...(sharedBiases ? ['biases'] : [])];

  /** Queries, keys and values by heads, the relative term, and which blocks are visited. */
  const project = ({ caller, parameters, parts: own }: Own<typeof parts>, x: Tensor, context: RelativeAttentionContext): Projected => {
    const { memory, memoryLengths, biases, r } = context;
    const { u, v } = sharedBiases
      ? requireContext(caller, 'biases', biases, '{ u, v }')
      : { u: parameters.get('r_w_bias'), v: parameters.get('r_r_bias') };
    const [batch, queryLength] = x.shape as [number, number];
    const remembered = memory?.shape[1] ?? 0;
    const keyLength = remembered + queryLength;
    const firstKeys = firstKeysOf(caller, memoryLengths, batch, remembered);
    const all = memory === undefined ? x : concat([memory, x], 1);
    const qkv = parameters.get('qkv_net.weight');
    const rows = (part: number): Tensor => slice(qkv, [part * inner, 0], [inner, width]);
    const encodings = r ?? distanceEncodings({ width, distances: Math.min(keyLength, left + 1), maxDistance: config.maxDistance });
    const distances = reshape(own.r_net(encodings), [-1, heads, headDim]);
    return {
      q: splitHeads(applyLinear(x, rows(0)), heads),
      k: splitHeads(applyLinear(all, rows(1)), heads),
      v: splitHeads(applyLinear(all, rows(2)), heads),
      layout: bandLayout({ queryLength, keyLength, reach: left, firstKeys, blockSize }),
      // Terms (a) + (c) of the paper are (q + u)·k, (b) + (d) are (q + v)·r; both are scaled after the sum.
      score: [relativePositions({ r: transpose(distances, [1, 0, 2]), u, v })],
    };
  };

  const layer = defineLayer({
    name: caller,
    ...shared,
    reads,
    attentions: [''],
    run(own, x, context: RelativeAttentionContext) {
      const { q, k, v, layout, score } = project(own, x, context);
      const dropped = attentionDropoutTerms(own.caller, attentionDropout, context);
      const call = attentionCall(own.caller, q, k, v, { layout, score: [...score, ...dropped] });
      const { out, logSumExp } = runAttention(call);
      if (own.asked !== undefined) own.tell(askedAttentionRows(own.caller, call, { logSumExp, ...own.asked }));
      return own.parts.o_net(mergeHeads(out));
    },
  });
  const weights = defineLayer({
    name: `${caller}.weights`,
    ...shared,
    reads: [...reads, 'queries'],
    checkContext(name, context) {
      shared.checkContext(name, context);
      requireIntegers(
        name,
        'context.queries',
        requireContext(name, 'queries', (context as RelativeWeightsContext).queries, '[0, 1, …], positions within the segment'),
        0,
      );
    },
    run(own, x, context: RelativeWeightsContext) {
      const { q, k, v, layout, score } = project(own, x, context);
      const call = attentionCall(own.caller, q, k, v, { layout, score });
      const { logSumExp } = runAttention(call);
      const found = attentionRows(own.caller, call, { logSumExp, queries: context.queries });
      return { hidden: found.weights, keys: found.keys };
    },
  });
  return stamped({ ...layer, weights });
}

interface Projected {
  /** [b, h, n, d] */
  readonly q: Tensor;
  /** [b, h, m + n, d] */
  readonly k: Tensor;
  readonly v: Tensor;
  readonly layout: BlockLayout;
  readonly score: readonly ScoreTerm[];
}

/** How many tokens before its own a query attends to. */
export function leftOf(caller: string, { window }: Pick<RelativeAttentionConfig, 'window'>): number {
  if (window === undefined) return Number.POSITIVE_INFINITY;
  if (typeof window === 'object' && window !== null && Object.keys(window).join() === 'left') {
    requireInteger(caller, { 'window.left': window.left }, 0);
    return window.left;
  }
  throw new ConfigError({
    caller,
    problem: 'window must be { left }: attention over segments is causal.',
    expected: '{ left: 511 } for 512 keys with the query’s own',
    got: show(window),
    remedy: 'leave it out to attend to all of the memory and of the segment before.',
  });
}

/** The first memory token that each batch row attends to; one number where all rows attend to the same. */
function firstKeysOf(caller: string, lengths: readonly number[] | undefined, batch: number, remembered: number): readonly number[] {
  if (lengths === undefined) return [0];
  requireKind(caller, 'context.memoryLengths', lengths, 'list');
  const wrong = lengths.length !== batch || lengths.some((each) => !Number.isInteger(each) || each < 0 || each > remembered);
  if (wrong) {
    throw new ShapeError({
      caller,
      problem: 'memoryLengths must hold one number of memory tokens for each batch row.',
      expected: `${batch} integers of 0 … ${remembered}  (set by x and memory)`,
      got: show(lengths),
      remedy: 'say for each batch row how many of its last memory tokens are visible.',
    });
  }
  const firsts = lengths.map((each) => remembered - each);
  return new Set(firsts).size === 1 ? firsts.slice(0, 1) : firsts;
}
