import { type Layer, type Parameters, type SpanRampTerm, type Spec, spanRamp } from '@longspan/core-tensor';
import { ConfigError, isFloat, isList, requireInteger, requireKnown, show, stamped } from '@longspan/core-tensor/error';
import { biasSpec, checkParameters } from '@longspan/core-tensor/layer';
import { clipByValue, mean, mul, reshape, type Tensor, tidy } from '@tensorflow/tfjs-core';
import { type Mask, perHead, slidingWindow } from '../mask/index.ts';
import type { MultiHeadAttentionConfig, SelfAttentionContext } from './multi-head/config.ts';
import { namedAttention } from './multi-head/multi-head.ts';

/** Everything else is as in multiHeadAttention. */
export interface AdaptiveSpanConfig
  extends Pick<
    MultiHeadAttentionConfig,
    'width' | 'heads' | 'keyHeads' | 'headDim' | 'bias' | 'output' | 'names' | 'draw' | 'scale' | 'attentionDropout' | 'blockSize'
  > {
  /** Tokens that a span can grow to (S). */
  readonly maxSpan: number;
  /** Tokens over which attention fades out beyond the span (R); 32 by default. */
  readonly ramp?: number | undefined;
  /** Where every span starts, tokens; 0 by default. */
  readonly initialSpan?: number | undefined;
  /** What a token of mean span costs in the loss (λ); 2e-6 by default. */
  readonly penalty?: number | undefined;
  /** Whether queries attend to nothing after themselves, as in the paper; false by default: spans reach to both sides. */
  readonly causal?: boolean | undefined;
}

export interface AdaptiveSpanContext extends SelfAttentionContext {
  /** What `spans` gave lately: the layout is narrowed to them. Without them it is as wide as the spans can grow. */
  readonly spans?: readonly number[] | undefined;
}

/**
 * Attention whose heads learn how far they attend. Its functions take the layer's own parameters: below a prefix, `scoped(prefix, all)`.
 */
export interface AdaptiveSpanAttention extends Layer<AdaptiveSpanContext> {
  /** The soft edge of the current spans as a score term for any attention; its tensor belongs to the caller. */
  term(parameters: Parameters): SpanRampTerm;
  /** What is to be added to the loss: λ · the mean span in tokens. A scalar. */
  penalty(parameters: Parameters): Tensor;
  /** The same parameters, the spans within their bounds in a new tensor: for after each step of the optimizer. */
  clamped(parameters: Parameters): Parameters;
  /** The current span of each head, tokens; the mean of these is what the paper reports. */
  spans(parameters: Parameters): Promise<readonly number[]>;
  /** Windows as wide as those spans with their ramps, in whole blocks: what has to be visited. */
  mask(spans?: readonly number[]): Mask;
}

const caller = 'adaptiveSpanAttention';
const name = 'current_val';

/**
 * Multi-head attention with adaptive span: each head weighs a key at distance x by clamp((R + z − x) / R, 0, 1) inside the softmax and
 * learns z, its span, against a penalty on long ones; a layout narrowed to the spans makes short ones cheap.
 *
 * Read `spans` now and then (every few dozen steps) and hand them to `apply` as context: a window reaches to the end of the ramp, rounded
 * up to whole blocks, so that the spans may grow by what the rounding leaves before keys are missed. Call `clamped` after every step: a
 * head whose span fell below −R would attend to nothing, and have no gradient to come back by. The spans' parameter is `current_val`
 * [heads, 1, 1], a share of maxSpan, as in the authors' code; the others are those of multiHeadAttention.
 * @shape x [b, n, width] -> [b, n, width]
 * @throws ConfigError when a number does not fit; apply: ShapeError, ConfigError when x, the context or a parameter does not fit
 * @cost that of a window of span + ramp keys for each head
 * @source Sukhbaatar et al. 2019 (arXiv 1905.07799) eq. 3 to 6; initial span, penalty and clamping as in facebookresearch/adaptive-span.
 *   As in the paper a distance is that of positions, where their code takes 1 less; a query attends to its own key, where theirs starts
 *   before
 * @example
 * const layer = adaptiveSpanAttention({ width: 4, heads: 2, maxSpan: 256, ramp: 16, initialSpan: 64, blockSize: 16, causal: true });
 * const parameters = layer.init(createKey(0));
 * await layer.spans(parameters); // => [64, 64]
 * layer.mask([3, 64]).name; // => 'perHead([slidingWindow({ left: 32, right: 0 }), slidingWindow({ left: 80, right: 0 })])'
 * layer.apply(parameters, zeros([1, 6, 4]), { spans: [64, 64] }).shape; // => [1, 6, 4]
 */
export function adaptiveSpanAttention(config: AdaptiveSpanConfig): AdaptiveSpanAttention {
  requireKnown(caller, config, {
    width: true,
    heads: true,
    keyHeads: true,
    headDim: true,
    bias: 'flag',
    output: 'flag',
    names: 'record',
    draw: 'record',
    scale: true,
    attentionDropout: true,
    blockSize: true,
    maxSpan: true,
    ramp: true,
    initialSpan: true,
    penalty: true,
    causal: 'flag',
  });
  const { maxSpan, ramp = 32, initialSpan = 0, penalty = 2e-6, causal = false, ...attention } = config;
  const { heads, blockSize = 64 } = attention;
  requireInteger(caller, { heads, maxSpan, ramp, blockSize }, 1);
  const wrong = (problem: string, expected: string, got: unknown, remedy: string): ConfigError =>
    new ConfigError({ caller, problem, expected, got: typeof got === 'string' ? got : show(got), remedy });
  if (!(Number.isFinite(initialSpan) && initialSpan >= 0 && initialSpan <= maxSpan)) {
    throw wrong(
      'initialSpan must be from 0 to maxSpan.',
      `a number of tokens from 0 to ${maxSpan} (maxSpan)`,
      initialSpan,
      'start short: 0 is usual.',
    );
  }
  if (!(isFloat(penalty) && penalty >= 0)) {
    throw wrong(
      'penalty must be finite and at least 0.',
      'a number of at least 0',
      penalty,
      'use 2e-6 as the paper, or 0 for spans that nothing shortens.',
    );
  }
  const spec: Spec = { [name]: biasSpec([heads, 1, 1], { kind: 'constant', value: initialSpan / maxSpan }) };
  const current = (parameters: Parameters): Tensor => {
    checkParameters(caller, spec, parameters);
    return parameters[name] as Tensor;
  };
  const termOf = (shares: Tensor): SpanRampTerm => spanRamp({ span: tidy(() => mul(reshape(shares, [heads]), maxSpan)), ramp });

  // The ramp is 0 from span + ramp on, and nothing beyond maxSpan is attended to. In whole blocks: their other keys cost nothing more.
  const window = (span: number): Mask => {
    const farthest = Math.min(maxSpan, Math.ceil(span + ramp) - 1);
    const left = Math.min(maxSpan, Math.ceil(farthest / blockSize) * blockSize);
    return slidingWindow({ left, right: causal ? 0 : left });
  };
  const widest = slidingWindow({ left: maxSpan, right: causal ? 0 : maxSpan });
  const mask = (spans?: readonly number[]): Mask => {
    if (spans === undefined) return widest;
    if (!isList(spans) || spans.length !== heads || !spans.every((span) => Number.isFinite(span) && span >= 0)) {
      throw wrong(
        'spans must have one number for each head.',
        `${heads} numbers of tokens, 0 or more`,
        show(spans),
        'give what spans(parameters) gives.',
      );
    }
    return perHead(spans.map(window));
  };
  const layer = namedAttention<AdaptiveSpanContext>(caller, attention, {
    spec,
    reads: ['spans'],
    checkContext: (_, { spans }) => void mask(spans),
    mask: ({ spans }) => mask(spans),
    terms: (parameters) => [termOf(parameters.get(name))],
  }) as Layer<AdaptiveSpanContext>;
  return stamped<AdaptiveSpanAttention>({
    ...layer,
    term: (parameters) => termOf(current(parameters)),
    penalty: (parameters) => tidy(() => mul(mean(current(parameters)), penalty * maxSpan)),
    clamped: (parameters) => ({ ...parameters, [name]: clipByValue(current(parameters), 0, 1) }),
    async spans(parameters) {
      return Array.from(await current(parameters).data<'float32'>(), (share) => Math.min(1, Math.max(0, share)) * maxSpan);
    },
    mask,
  });
}
