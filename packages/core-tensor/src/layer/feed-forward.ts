import { type Tensor, tidy } from '@tensorflow/tfjs-core';
import { feedForwardContract } from '../contracts/feed-forward/contract.ts';
import { linearContract } from '../contracts/linear/contract.ts';
import { ConfigError, requireKind, requireKnown, ShapeError, show } from '../error/index.ts';
import { dims } from '../tensor/dims.ts';
import { checkFeatures, checkSizes } from '../tensor/features.ts';
import { isTaped } from '../tensor/tfjs-engine.ts';
import { isPacked, type LinearWeight, requirePackedWeight } from '../weight/packed-weight.ts';
import { type Activation, activations } from './activation.ts';
import { defineLayer } from './define-layer.ts';
import type { Layer } from './layer.ts';
import { applyLinear, linear } from './linear.ts';
import { packedFeedForward } from './packed-feed-forward.ts';
import { weightOf } from './packed-parameters.ts';
import { type Draw, requireDraw, specBelow } from './spec.ts';

/** Of rows that need no gradient: the inner activation of a whole book would fill the heap. */
const rowsAtOnce = 8192;

/** The parameters of a feed-forward layer, in PyTorch's layout. */
export interface FeedForwardParameters {
  /** [inner, width] */
  readonly innerWeight: LinearWeight;
  /** [inner] */
  readonly innerBias: Tensor;
  /** [width, inner] */
  readonly outerWeight: LinearWeight;
  /** [width] */
  readonly outerBias: Tensor;
}

/**
 * Two linear maps with an activation between them. With a chunkLength no more rows than that of the wide inner activation exist
 * at one time, neither forward nor in the backward pass, which computes each chunk again instead of keeping it. The weights may be packed
 * (`packWeight`); they are constants then, as in `applyLinear`.
 * @shape x [..., width]; see FeedForwardParameters
 * @param options.activation 'gelu' by default
 * @param options.chunkLength rows at a time (tokens of all batch rows together); by default all of them, and 8,192 where no gradient is asked for
 * @returns [..., width], the same numbers for every chunkLength
 * @throws ShapeError when x or a parameter does not fit; ConfigError when an option is not possible, or when with
 *   a chunkLength one of the weights is packed and the other is not
 * @cost O(rows · width · inner) time, forward 2 products, backward 4 (5 in chunks); 4 · chunkLength · inner bytes per temporary
 * @source Kitaev et al. 2020, Reformer (arXiv 2001.04451) §3
 * @example
 * const weights = { innerWeight: tensor2d([[1], [-1]]), innerBias: zeros([2]), outerWeight: tensor2d([[1, 1]]), outerBias: tensor1d([5]) };
 * await applyFeedForward(tensor2d([[3], [-4]]), weights, { activation: 'relu', chunkLength: 1 }).data(); // => [8, 9]
 */
export function applyFeedForward(
  x: Tensor,
  parameters: FeedForwardParameters,
  options: { readonly activation?: Activation | undefined; readonly chunkLength?: number | undefined } = {},
): Tensor {
  requireKnown('applyFeedForward', parameters, { innerWeight: true, innerBias: true, outerWeight: true, outerBias: true });
  requireKnown('applyFeedForward', options, { activation: true, chunkLength: true });
  const { innerWeight, innerBias, outerWeight, outerBias } = parameters;
  const { activation = 'gelu' } = options;
  const width = widthOf('applyFeedForward', parameters);
  checkFeatures('applyFeedForward', 'x', x, width, 'innerWeight');
  checkOptions('applyFeedForward', activation, options.chunkLength);
  const isLong = x.size > rowsAtOnce * width && isPacked(innerWeight) === isPacked(outerWeight) && !isTaped();
  const chunkLength = options.chunkLength ?? (isLong ? rowsAtOnce : undefined);
  if (chunkLength !== undefined) {
    if (isPacked(innerWeight) && isPacked(outerWeight)) {
      return packedFeedForward(x, { innerWeight, innerBias, outerWeight, outerBias }, { activation, chunkLength });
    }
    if (isPacked(innerWeight) || isPacked(outerWeight)) throw mixedWeights('applyFeedForward', isPacked(innerWeight));
    return feedForwardContract.run([x, innerWeight, innerBias, outerWeight, outerBias], { activation, chunkLength })[0];
  }
  return tidy(() => {
    const before = applyLinear(x, innerWeight, innerBias);
    if (!isPacked(outerWeight)) {
      const call = [[before, outerWeight, outerBias], { hasBias: true, activation }] as const;
      if (linearContract.hasKernel(...call)) return linearContract.run(...call)[0];
    }
    return applyLinear(activations[activation].apply(before), outerWeight, outerBias);
  });
}

/** The width of a feed-forward layer by its parameters, which fit each other. */
function widthOf(caller: string, { innerWeight, innerBias, outerWeight, outerBias }: FeedForwardParameters): number {
  if (!isPacked(innerWeight) && !isPacked(outerWeight)) {
    return dims(caller, {
      innerWeight: [innerWeight, 'inner width:float32'],
      innerBias: [innerBias, 'inner:float32'],
      outerWeight: [outerWeight, 'width inner:float32'],
      outerBias: [outerBias, 'width:float32'],
    }).width;
  }
  const [inner, width] = sizesOf(caller, 'innerWeight', innerWeight, 'inner width:float32');
  const given = sizesOf(caller, 'outerWeight', outerWeight, `${width} ${inner}:float32`);
  dims(caller, { innerBias: [innerBias, `${inner}:float32`], outerBias: [outerBias, `${width}:float32`] });
  if (given[0] === width && given[1] === inner) return width;
  throw new ShapeError({
    caller,
    problem: `outerWeight must have the shape [${width}, ${inner}].`,
    expected: `[${width}, ${inner}]  (set by innerWeight)`,
    got: `[${given.join(', ')}]`,
    remedy: 'give the two weights of one layer.',
  });
}

function sizesOf(caller: string, name: string, weight: LinearWeight, axes: string): readonly [number, number] {
  if (isPacked(weight)) {
    requirePackedWeight(caller, name, weight);
    return weight.shape;
  }
  dims(caller, { [name]: [weight, axes] });
  return weight.shape as [number, number];
}

const mixedWeights = (caller: string, isInner: boolean): ConfigError =>
  new ConfigError({
    caller,
    problem: 'innerWeight and outerWeight must both be packed, or neither, where chunkLength is given.',
    expected: 'two tensors, or two packed weights',
    got: isInner ? 'innerWeight packed, outerWeight float32' : 'innerWeight float32, outerWeight packed',
    remedy: 'pack the other one too, or leave chunkLength out.',
  });

export interface FeedForwardConfig {
  readonly width: number;
  /** 4 · width by default. */
  readonly innerWidth?: number | undefined;
  /** 'gelu' by default. */
  readonly activation?: Activation | undefined;
  /** Tokens, of all batch rows together, whose inner activation is there at one time; as of `applyFeedForward` by default. */
  readonly chunkLength?: number | undefined;
  /** What the two linear maps are called, as in a checkpoint; inner and outer by default. */
  readonly names?: { readonly inner: string; readonly outer: string } | undefined;
  /** How the weights are drawn; as `linear` draws them by default. */
  readonly draw?: Draw | undefined;
}

/**
 * A feed-forward layer with the parameters `inner.weight`, `inner.bias`, `outer.weight` and `outer.bias`.
 * @shape x [..., width] -> [..., width]
 * @throws ConfigError when a size is not an integer of at least 1, or the activation is unknown
 * @cost that of `applyFeedForward`
 * @source Vaswani et al. 2017 (arXiv 1706.03762) §3.3
 * @example
 * Object.keys(feedForward({ width: 2 }).spec); // => ['inner.weight', 'inner.bias', 'outer.weight', 'outer.bias']
 */
export function feedForward(config: FeedForwardConfig): Layer {
  requireKnown('feedForward', config, {
    width: true,
    innerWidth: true,
    activation: true,
    chunkLength: true,
    names: 'record',
    draw: 'record',
  });
  checkSizes('feedForward', { width: config.width });
  const { width, innerWidth = 4 * width, activation = 'gelu', chunkLength, draw } = config;
  const { names = { inner: 'inner', outer: 'outer' } } = config;
  requireKnown('feedForward names', names, { inner: true, outer: true });
  const { inner, outer } = names;
  for (const [name, each] of Object.entries({ inner, outer })) requireKind('feedForward', `names.${name}`, each, 'text');
  checkSizes('feedForward', { width, innerWidth });
  checkOptions('feedForward', activation, chunkLength);
  requireDraw('feedForward', draw);
  return defineLayer({
    name: 'feedForward',
    spec: {
      ...specBelow(inner, linear({ inFeatures: width, outFeatures: innerWidth, draw }).spec),
      ...specBelow(outer, linear({ inFeatures: innerWidth, outFeatures: width, draw }).spec),
    },
    check: (caller, x) => checkFeatures(caller, 'x', x, width, 'width'),
    run({ caller, parameters }, x) {
      checkFeatures(caller, 'x', x, width, 'width');
      const weights = {
        innerWeight: weightOf(parameters, `${inner}.weight`, [innerWidth, width]),
        innerBias: parameters.get(`${inner}.bias`),
        outerWeight: weightOf(parameters, `${outer}.weight`, [width, innerWidth]),
        outerBias: parameters.get(`${outer}.bias`),
      };
      return applyFeedForward(x, weights, chunkLength === undefined ? { activation } : { activation, chunkLength });
    },
  });
}

function checkOptions(caller: string, activation: Activation, chunkLength: number | undefined): void {
  if (chunkLength !== undefined) checkSizes(caller, { chunkLength });
  if (typeof activation === 'string' && Object.hasOwn(activations, activation)) return;
  throw new ConfigError({
    caller,
    problem: `activation must be one of ${Object.keys(activations).join(', ')}.`,
    expected: Object.keys(activations)
      .map((name) => `'${name}'`)
      .join(', '),
    got: show(activation),
    remedy: "use 'geluTanh' for gelu_new and gelu_pytorch_tanh.",
  });
}
