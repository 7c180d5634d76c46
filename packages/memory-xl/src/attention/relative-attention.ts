import {
  applyDropout,
  applyLayerNorm,
  applyLinear,
  attentionDropout,
  type BlockLayout,
  blockSparseAttention,
  dims,
  dropoutKey,
  type Key,
  type Layer,
  type LayerContext,
  normal,
  type Parameters,
  relativePositions,
  requireRate,
  type ScoreTerm,
} from '@longspan/core-tensor';
import { ConfigError, requireInteger, ShapeError } from '@longspan/core-tensor/error';
import { attentionRows } from '@longspan/core-tensor/kernel';
import { add, concat, ones, reshape, slice, type Tensor, tidy, transpose, zeros } from '@tensorflow/tfjs-core';
import { bandLayout } from './band-layout.ts';
import { requireShapes } from './requirements.ts';

export interface RelativeAttentionConfig {
  /** Features of a token. */
  readonly width: number;
  readonly heads: number;
  /** Features of each head; heads · headDim need not be the width. */
  readonly headDim: number;
  /** Where the layer norm stands: behind the residual sum ('post', the paper's) or before the projections ('pre'); 'post' when absent. */
  readonly norm?: 'post' | 'pre';
  /** Added to variances in the layer norm; 1e-5 when absent. */
  readonly epsilon?: number;
  /**
   * How many tokens before its own a query sees; all, and so the more the later it stands in its segment, when absent.
   * Hugging Face's `same_length` with `mem_len` M is a reach of M − 1.
   */
  readonly reach?: number | undefined;
  /** Share of the output's features that is dropped while training; 0 when absent. */
  readonly dropout?: number;
  /** Share of the attention weights that is dropped while training; 0 when absent. */
  readonly attentionDropout?: number;
  /** Tokens along each side of a block of the layout; 64 when absent. */
  readonly blockSize?: number;
}

export interface RelativeAttentionInputs {
  /** [b, n, width] */
  readonly hidden: Tensor;
  /** [b, m, width]: this layer's inputs for the m tokens before the segment; none when absent. */
  readonly memory?: Tensor | undefined;
  /** For each batch row how many of its last memory tokens it sees; all when absent. */
  readonly memoryLengths?: readonly number[] | undefined;
  /** [distances, width]: encodings of the distances, that of 0 last; farther ones use the first row. */
  readonly r: Tensor;
}

/** The attention layer, which can also say what it looks at. */
export interface RelativeAttention extends Layer<RelativeAttentionInputs, Tensor> {
  /**
   * The exact softmax weights of chosen queries, before dropout.
   * @returns keys int32 [b, h, queries, w] (−1 behind the last) and their weights, see `attentionRows` of core-tensor
   */
  weights(
    parameters: Parameters,
    inputs: RelativeAttentionInputs,
    queries: readonly number[],
  ): { readonly keys: Tensor; readonly weights: Tensor };
}

const caller = 'relativeAttention';
/** How Hugging Face draws the weights. */
const initialDeviation = 0.02;

/**
 * Transformer-XL's attention layer: a segment attends to the memory before it and to itself, causally, by content and by distance;
 * then the output projection, the residual sum and the layer norm. The memory is read, never changed; gradients reach it, so give
 * it stopGradient (`segmentRecurrence` does).
 * Parameters as in Hugging Face: `qkv_net.weight`, `r_net.weight`, `o_net.weight`, `layer_norm.weight`, `layer_norm.bias`,
 * `r_w_bias` (the paper's u) and `r_r_bias` (v). Layers that share u and v are handed the same tensors.
 * @shape inputs.hidden [b, n, width]; inputs.memory [b, m, width]; inputs.r [distances, width]; returns [b, n, width]
 * @throws ConfigError when a size or a rate is not possible; apply: ShapeError, ConfigError when an input does not fit
 * @cost O(b · n · reach · heads · headDim) by visited blocks, and O(b · (n + m) · width · heads · headDim) for the projections;
 *   r is projected once for all batch rows
 * @source Dai et al. 2019 (arXiv 1901.02860) §3.3; RelPartialLearnableMultiHeadAttn of Hugging Face transformers 4.57
 * @example
 * const layer = relativeAttention({ width: 4, heads: 2, headDim: 3 });
 * const inputs = { hidden: ones([1, 5, 4]), memory: ones([1, 7, 4]), r: distanceEncodings({ width: 4, distances: 12 }) };
 * layer.apply(layer.init(createKey(0)), inputs).shape; // => [1, 5, 4]
 */
export function relativeAttention(config: RelativeAttentionConfig): RelativeAttention {
  const { width, heads, headDim, norm = 'post', epsilon = 1e-5, dropout = 0, blockSize = 64 } = config;
  const weightDropout = config.attentionDropout ?? 0;
  const reach = config.reach ?? Number.POSITIVE_INFINITY;
  requireInteger(caller, { width, heads, headDim, blockSize }, 1);
  if (config.reach !== undefined) requireInteger(caller, { reach }, 0);
  requireRate(caller, 'dropout', dropout);
  requireRate(caller, 'attentionDropout', weightDropout);
  requireNorm(norm);
  const inner = heads * headDim;
  const shapes = attentionShapes(config);

  /** All that can be refused is refused here, before the first operation: what a throw leaves behind under a tape is lost. */
  const prepare = (parameters: Parameters, inputs: RelativeAttentionInputs): Prepared => {
    const { hidden, memory, r } = inputs;
    dims(caller, {
      hidden: [hidden, `b n ${width}:float32`],
      memory: [memory, `b m ${width}:float32`],
      r: [r, `distances ${width}:float32`],
    });
    const [batch = 0, length = 0] = hidden.shape;
    const remembered = memory?.shape[1] ?? 0;
    const firstKeys = firstKeysOf(inputs.memoryLengths, batch, remembered);
    const layout = bandLayout({ queryLength: length, keyLength: remembered + length, reach, firstKeys, blockSize });
    return { ...requireShapes(caller, parameters, shapes), layout, batch, length, remembered };
  };

  const normed = (x: Tensor, p: Prepared): Tensor => applyLayerNorm(x, p['layer_norm.weight'], p['layer_norm.bias'], epsilon);

  /** Queries, keys and values by heads, and the relative term. */
  const project = (p: Prepared, { hidden, memory, r }: RelativeAttentionInputs): Projected => {
    const all = memory === undefined ? hidden : concat([memory, hidden], 1);
    const content = norm === 'pre' ? normed(all, p) : all;
    const own = norm === 'pre' ? slice(content, [0, p.remembered, 0], [p.batch, p.length, width]) : hidden;
    const rows = (part: number): Tensor => slice(p['qkv_net.weight'], [part * inner, 0], [inner, width]);
    const split = (x: Tensor): Tensor => transpose(reshape(x, [p.batch, -1, heads, headDim]), [0, 2, 1, 3]);
    const distances = reshape(applyLinear(r, p['r_net.weight']), [-1, heads, headDim]);
    return {
      q: split(applyLinear(own, rows(0))),
      k: split(applyLinear(content, rows(1))),
      v: split(applyLinear(content, rows(2))),
      // Terms (a) + (c) of the paper are (q + u)·k, (b) + (d) are (q + v)·r; both are scaled after the sum.
      score: [relativePositions({ r: transpose(distances, [1, 0, 2]), u: p['r_w_bias'], v: p['r_r_bias'] })],
    };
  };

  return {
    init(key: Key): Parameters {
      const drawn = (name: AttentionParameter) => normal(key.fold(name), shapes[name], { standardDeviation: initialDeviation });
      return {
        'qkv_net.weight': drawn('qkv_net.weight'),
        'r_net.weight': drawn('r_net.weight'),
        'o_net.weight': drawn('o_net.weight'),
        'layer_norm.weight': ones([width]),
        'layer_norm.bias': zeros([width]),
        r_w_bias: drawn('r_w_bias'),
        r_r_bias: drawn('r_r_bias'),
      };
    },
    apply(parameters: Parameters, inputs: RelativeAttentionInputs, context?: LayerContext): Tensor {
      const prepared = prepare(parameters, inputs);
      const [outputKey, weightKey] = [dropoutKey(caller, dropout, context), dropoutKey(caller, weightDropout, context)];
      const dropped = weightKey === undefined ? [] : [attentionDropout({ key: weightKey.fold('attention'), rate: weightDropout })];
      return tidy(() => {
        const { q, k, v, score } = project(prepared, inputs);
        const { out } = blockSparseAttention(q, k, v, { layout: prepared.layout, score: [...score, ...dropped] });
        const joined = reshape(transpose(out, [0, 2, 1, 3]), [prepared.batch, prepared.length, inner]);
        const projected = applyLinear(joined, prepared['o_net.weight']);
        const branch = outputKey === undefined ? projected : applyDropout(projected, dropout, outputKey.fold('output'));
        const sum = add(inputs.hidden, branch);
        return norm === 'post' ? normed(sum, prepared) : sum;
      });
    },
    weights(parameters, inputs, queries) {
      const prepared = prepare(parameters, inputs);
      const { layout } = prepared;
      return tidy(() => {
        const { q, k, v, score } = project(prepared, inputs);
        const { logSumExp } = blockSparseAttention(q, k, v, { layout, score });
        return { ...attentionRows(q, k, { layout, score, logSumExp, queries }) };
      });
    },
  };
}

/** The shape of each parameter. */
export function attentionShapes({
  width,
  heads,
  headDim,
}: Pick<RelativeAttentionConfig, 'width' | 'heads' | 'headDim'>): Readonly<Record<AttentionParameter, readonly number[]>> {
  const inner = heads * headDim;
  return {
    'qkv_net.weight': [3 * inner, width],
    'r_net.weight': [inner, width],
    'o_net.weight': [width, inner],
    'layer_norm.weight': [width],
    'layer_norm.bias': [width],
    r_w_bias: [heads, headDim],
    r_r_bias: [heads, headDim],
  };
}

type AttentionParameter =
  | 'qkv_net.weight'
  | 'r_net.weight'
  | 'o_net.weight'
  | 'layer_norm.weight'
  | 'layer_norm.bias'
  | 'r_w_bias'
  | 'r_r_bias';

interface Prepared extends Readonly<Record<AttentionParameter, Tensor>> {
  readonly layout: BlockLayout;
  readonly batch: number;
  readonly length: number;
  readonly remembered: number;
}

interface Projected {
  /** [b, h, n, d] */
  readonly q: Tensor;
  /** [b, h, m + n, d] */
  readonly k: Tensor;
  readonly v: Tensor;
  readonly score: readonly ScoreTerm[];
}

/** The first memory token that each batch row sees; one number where all rows see the same. */
function firstKeysOf(lengths: readonly number[] | undefined, batch: number, remembered: number): readonly number[] {
  if (lengths === undefined) return [0];
  const wrong = lengths.length !== batch || lengths.some((each) => !Number.isInteger(each) || each < 0 || each > remembered);
  if (wrong) {
    throw new ShapeError({
      caller,
      problem: 'memoryLengths do not fit.',
      expected: `${batch} integers of 0 … ${remembered}  (set by hidden and memory)`,
      got: `[${lengths.join(', ')}]`,
      remedy: 'say for each batch row how many of its last memory tokens it may see.',
    });
  }
  const firsts = lengths.map((each) => remembered - each);
  return new Set(firsts).size === 1 ? firsts.slice(0, 1) : firsts;
}

function requireNorm(norm: string): void {
  if (norm === 'post' || norm === 'pre') return;
  throw new ConfigError({
    caller,
    problem: 'there is no such place for the layer norm.',
    expected: "'post' or 'pre'",
    got: norm,
    remedy: "use 'pre' for Hugging Face's pre_lnorm, else leave it out.",
  });
}
