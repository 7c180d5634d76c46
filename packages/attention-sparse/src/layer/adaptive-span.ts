import { dims, type Layer, type Parameters, parameter, type SpanRampTerm, spanRamp } from '@longspan/core-tensor';
import { ConfigError, requireInteger, ShapeError } from '@longspan/core-tensor/error';
import { clipByValue, fill, mean, mul, reshape, type Tensor, tidy } from '@tensorflow/tfjs-core';
import { sparseAttention } from '../attention/sparse-attention.ts';
import { type Mask, perHead, slidingWindow } from '../mask/index.ts';

export interface AdaptiveSpanConfig {
  readonly heads: number;
  /** Tokens that a span can grow to (S). */
  readonly maxSpan: number;
  /** Tokens over which attention fades out beyond the span (R); 32 when absent. */
  readonly ramp?: number;
  /** Where every span starts, tokens; 0 when absent. */
  readonly initialSpan?: number;
  /** What a token of mean span costs in the loss (λ); 2e-6 when absent. */
  readonly penalty?: number;
  /** Whether queries see nothing after themselves; true when absent, else spans reach to both sides. */
  readonly causal?: boolean;
  /** What scores are multiplied by; 1 / sqrt(headDim) when absent. */
  readonly scale?: number;
  /** Tokens along each side of a block; 64 when absent. */
  readonly blockSize?: number;
}

export interface AdaptiveSpanInputs {
  /** [b, h, n, d] */
  readonly query: Tensor;
  /** [b, hkv, nk, d]: with a memory, more keys than queries; the last query stands at the last key. */
  readonly key: Tensor;
  /** [b, hkv, nk, dv] */
  readonly value: Tensor;
  /** What `spans` gave lately: the layout is narrowed to them. Without them it is as wide as the spans can grow. */
  readonly spans?: readonly number[];
}

/** Attention whose heads learn how far they look. */
export interface AdaptiveSpanAttention extends Layer<AdaptiveSpanInputs, Tensor> {
  /** The soft edge of the current spans as a score term for any attention; its tensor belongs to the caller. */
  term(parameters: Parameters): SpanRampTerm;
  /** What is to be added to the loss: λ · the mean span in tokens. A scalar. */
  penalty(parameters: Parameters): Tensor;
  /** The parameters within their bounds, for after each step of the optimizer; new tensors. */
  clamped(parameters: Parameters): Parameters;
  /** The current span of each head, tokens; the mean of these is what the paper reports. */
  spans(parameters: Parameters): Promise<readonly number[]>;
  /** Windows as wide as those spans with their ramps, in whole blocks: what has to be visited. */
  mask(spans?: readonly number[]): Mask;
}

const caller = 'adaptiveSpanAttention';
const name = 'current_val';

/**
 * Attention with adaptive span: each head weighs a key at distance x by clamp((R + z − x) / R, 0, 1) inside the softmax and learns z, its
 * span, against a penalty on long ones; a layout narrowed to the spans makes short ones cheap.
 *
 * Read `spans` now and then (every few dozen steps) and hand them to `apply`: a window reaches to the end of the ramp, rounded up to whole
 * blocks, so that the spans may grow by what the rounding leaves before keys are missed. Call `clamped` after every step: a head whose
 * span fell below −R would see nothing, and have no gradient to come back by. The parameter is `current_val` [heads, 1, 1], the span as a share of maxSpan, as in the authors' code.
 * @shape inputs.query [b, h, nq, d]; inputs.key [b, hkv, nk, d]; inputs.value [b, hkv, nk, dv]; returns [b, h, nq, dv]
 * @throws ConfigError when a number does not fit; apply: ShapeError, ConfigError when an input or the parameter does not fit
 * @cost that of a causal window of span + ramp keys for each head
 * @source Sukhbaatar et al. 2019 (arXiv 1905.07799) eq. 3 to 6; initial span, penalty and clamping as in facebookresearch/adaptive-span.
 *   As in the paper a distance is that of positions, where their code takes 1 less; a query sees its own key, where theirs starts before
 * @example
 * const layer = adaptiveSpanAttention({ heads: 2, maxSpan: 256, ramp: 16, initialSpan: 64, blockSize: 16 });
 * const parameters = layer.init(createKey(0));
 * await layer.spans(parameters); // => [64, 64]
 * layer.mask([3, 64]).name; // => 'perHead([slidingWindow({ left: 32, right: 0 }), slidingWindow({ left: 80, right: 0 })])'
 * const even = zeros([1, 2, 4, 4]);
 * layer.apply(parameters, { query: even, key: even, value: even, spans: [64, 64] }).shape; // => [1, 2, 4, 4]
 */
export function adaptiveSpanAttention(config: AdaptiveSpanConfig): AdaptiveSpanAttention {
  const { heads, maxSpan, ramp = 32, initialSpan = 0, penalty = 2e-6, causal = true, scale, blockSize = 64 } = config;
  requireInteger(caller, { heads, maxSpan, ramp, blockSize }, 1);
  if (!(initialSpan >= 0 && initialSpan <= maxSpan)) {
    throw wrong('initialSpan is not a span.', `a number of tokens from 0 to ${maxSpan} (maxSpan)`, initialSpan, 'start short: 0 is usual.');
  }
  if (!(penalty >= 0 && penalty < Number.POSITIVE_INFINITY)) {
    throw wrong(
      'penalty is not a price.',
      'a number of at least 0',
      penalty,
      'use 2e-6 as the paper, or 0 for spans that nothing shortens.',
    );
  }

  const current = (parameters: Parameters): Tensor => {
    const found = parameter(parameters, name, caller);
    if (found.shape.join() === `${heads},1,1`) return found;
    throw new ShapeError({
      caller,
      problem: `${name} is not of this layer's size.`,
      expected: `[${heads}, 1, 1]  (heads, as in the authors' checkpoints)`,
      got: `[${found.shape.join(', ')}]`,
      remedy: 'load the parameters of a layer with as many heads.',
    });
  };
  const term = (parameters: Parameters): SpanRampTerm =>
    spanRamp({ span: tidy(() => mul(reshape(current(parameters), [heads]), maxSpan)), ramp });

  // The ramp is 0 from span + ramp on, and nothing beyond maxSpan is seen. In whole blocks: their other keys cost nothing more.
  const window = (span: number): Mask => {
    const farthest = Math.min(maxSpan, Math.ceil(span + ramp) - 1);
    const left = Math.min(maxSpan, Math.ceil(farthest / blockSize) * blockSize);
    return slidingWindow({ left, right: causal ? 0 : left });
  };
  const mask = (spans?: readonly number[]): Mask => {
    if (spans === undefined) return slidingWindow({ left: maxSpan, right: causal ? 0 : maxSpan });
    if (spans.length !== heads || !spans.every((span) => span >= 0)) {
      throw wrong(
        'spans are not those of the heads.',
        `${heads} numbers of tokens, 0 or more`,
        `[${spans.join(', ')}]`,
        'give what spans(parameters) gives.',
      );
    }
    return perHead(spans.map(window));
  };

  return {
    init: () => ({ [name]: fill([heads, 1, 1], initialSpan / maxSpan) }),
    apply(parameters, { query, key, value, spans }) {
      const { h } = dims(caller, { query: [query, 'b h nq d'], key: [key, 'b hkv nk d'], value: [value, 'b hkv nk dv'] });
      if (h !== heads)
        throw wrong(
          'query has another number of heads than the layer.',
          `${heads} along axis 1`,
          h,
          'make the layer with the heads of the query.',
        );
      current(parameters);
      const scaled = scale === undefined ? {} : { scale };
      return tidy(() => sparseAttention(query, key, value, { mask: mask(spans), score: [term(parameters)], blockSize, ...scaled }).out);
    },
    term,
    penalty: (parameters) => tidy(() => mul(mean(current(parameters)), penalty * maxSpan)),
    clamped: (parameters) => ({ [name]: clipByValue(current(parameters), 0, 1) }),
    async spans(parameters) {
      return Array.from(await current(parameters).data<'float32'>(), (share) => Math.min(1, Math.max(0, share)) * maxSpan);
    },
    mask,
  };
}

const wrong = (problem: string, expected: string, got: unknown, remedy: string): ConfigError =>
  new ConfigError({ caller, problem, expected, got: String(got), remedy });
