import { type Tensor, tidy } from '@tensorflow/tfjs-core';
import { feedForwardContract } from '../contracts/feed-forward/contract.ts';
import { ConfigError } from '../error/index.ts';
import { dims } from '../tensor/dims.ts';
import { checkFeatures, checkSizes } from '../tensor/features.ts';
import { type Activation, activations } from './activation.ts';
import type { Layer } from './layer.ts';
import { applyLinear, linear } from './linear.ts';
import { parameter, prefixed } from './parameters.ts';

/** The parameters of a feed-forward layer, in PyTorch's layout. */
export interface FeedForwardParameters {
  /** [inner, width] */
  readonly innerWeight: Tensor;
  /** [inner] */
  readonly innerBias: Tensor;
  /** [width, inner] */
  readonly outerWeight: Tensor;
  /** [width] */
  readonly outerBias: Tensor;
}

/**
 * Two linear maps with an activation between them. With a chunkLength no more rows than that of the wide inner activation exist
 * at one time, neither forward nor in the backward pass, which computes each chunk again instead of keeping it.
 * @shape x [..., width]; see FeedForwardParameters
 * @param options.activation 'gelu' if absent
 * @param options.chunkLength rows at a time (tokens of all batch rows together); all of them if absent
 * @returns [..., width], the same numbers for every chunkLength
 * @throws ShapeError when x or a parameter does not fit; ConfigError when an option is not possible
 * @cost O(rows · width · inner) time, forward 2 products, backward 4 (5 in chunks); 4 · chunkLength · inner bytes per temporary
 * @source Kitaev et al. 2020, Reformer (arXiv 2001.04451) §3
 * @example
 * const weights = { innerWeight: tensor2d([[1], [-1]]), innerBias: zeros([2]), outerWeight: tensor2d([[1, 1]]), outerBias: tensor1d([5]) };
 * await applyFeedForward(tensor2d([[3], [-4]]), weights, { activation: 'relu', chunkLength: 1 }).data(); // => [8, 9]
 */
export function applyFeedForward(
  x: Tensor,
  { innerWeight, innerBias, outerWeight, outerBias }: FeedForwardParameters,
  { activation = 'gelu', chunkLength }: { readonly activation?: Activation; readonly chunkLength?: number } = {},
): Tensor {
  const { width } = dims('applyFeedForward', {
    innerWeight: [innerWeight, 'inner width'],
    innerBias: [innerBias, 'inner'],
    outerWeight: [outerWeight, 'width inner'],
    outerBias: [outerBias, 'width'],
  });
  checkFeatures('applyFeedForward', 'x', x, width, 'innerWeight');
  checkOptions('applyFeedForward', activation, chunkLength);
  if (chunkLength !== undefined)
    return feedForwardContract.run([x, innerWeight, innerBias, outerWeight, outerBias], { activation, chunkLength })[0];
  return tidy(() => applyLinear(activations[activation].apply(applyLinear(x, innerWeight, innerBias)), outerWeight, outerBias));
}

export interface FeedForwardOptions {
  readonly width: number;
  readonly innerWidth: number;
  /** 'gelu' if absent. */
  readonly activation?: Activation;
  /** Tokens, of all batch rows together, whose inner activation is there at one time; all of them if absent. */
  readonly chunkLength?: number;
}

/**
 * A feed-forward layer with the parameters `inner.weight`, `inner.bias`, `outer.weight` and `outer.bias`.
 * @shape x [..., width] -> [..., width]
 * @throws ConfigError when a size is not an integer of at least 1, or there is no such activation
 * @cost that of `applyFeedForward`
 * @source Vaswani et al. 2017 (arXiv 1706.03762) §3.3
 * @example
 * Object.keys(feedForward({ width: 2, innerWidth: 8 }).init(createKey(1))); // => ['inner.weight', 'inner.bias', 'outer.weight', 'outer.bias']
 */
export function feedForward({ width, innerWidth, activation = 'gelu', chunkLength }: FeedForwardOptions): Layer {
  checkSizes('feedForward', { width, innerWidth });
  checkOptions('feedForward', activation, chunkLength);
  const inner = linear({ inFeatures: width, outFeatures: innerWidth });
  const outer = linear({ inFeatures: innerWidth, outFeatures: width });
  return {
    init: (key) => ({ ...prefixed('inner', inner.init(key.fold('inner'))), ...prefixed('outer', outer.init(key.fold('outer'))) }),
    apply: (parameters, x) =>
      applyFeedForward(
        x,
        {
          innerWeight: parameter(parameters, 'inner.weight', 'feedForward'),
          innerBias: parameter(parameters, 'inner.bias', 'feedForward'),
          outerWeight: parameter(parameters, 'outer.weight', 'feedForward'),
          outerBias: parameter(parameters, 'outer.bias', 'feedForward'),
        },
        { activation, ...(chunkLength === undefined ? {} : { chunkLength }) },
      ),
  };
}

function checkOptions(caller: string, activation: Activation, chunkLength: number | undefined): void {
  if (chunkLength !== undefined) checkSizes(caller, { chunkLength });
  if (Object.hasOwn(activations, activation)) return;
  throw new ConfigError({
    caller,
    problem: 'there is no such activation.',
    expected: Object.keys(activations)
      .map((name) => `'${name}'`)
      .join(', '),
    got: String(activation),
    remedy: "use 'geluTanh' for gelu_new and gelu_pytorch_tanh.",
  });
}
