import { type Tensor, tidy } from '@tensorflow/tfjs-core';
import { mostProjections } from '../contracts/head-projections/call.ts';
import { headProjectionsContract } from '../contracts/head-projections/contract.ts';
import { ConfigError, requireInteger, requireKnown, ShapeError, show } from '../error/index.ts';
import { dims, requireFilled } from '../tensor/dims.ts';
import { checkFeatures } from '../tensor/features.ts';
import { isPacked, type LinearWeight, requirePackedWeight } from '../weight/packed-weight.ts';
import { splitHeads } from './heads.ts';
import { applyLinear } from './linear.ts';

/** A linear map whose features are those of so many heads. */
export interface HeadProjection {
  /** [heads · headDim, width], float32 or packed. */
  readonly weight: LinearWeight;
  /** [heads · headDim] */
  readonly bias?: Tensor | undefined;
  readonly heads: number;
}

/**
 * Maps the features of each token to heads: queries, keys and values of the same x in one call. It gives what
 * `splitHeads(applyLinear(x, weight, bias), heads)` of each gives, and is that where no kernel of the backend takes all of them together, for
 * packed weights, and where only some have a bias.
 * @shape x [b, n, width]; weights [heads · headDim, width]; biases [heads · headDim]; returns [b, heads, n, headDim] for each projection
 * @throws ShapeError when x or a bias does not fit its weight, or features are no multiple of their heads; ConfigError when there are not 1 to 3
 *   projections
 * @cost that of `applyLinear` for each projection
 * @source Vaswani et al. 2017 (arXiv 1706.03762) §3.2.2
 * @example
 * const x = tensor3d([1, 2, 3, 4], [1, 2, 2]);
 * const [q, v] = applyHeadProjections(x, [
 *   { weight: tensor2d([[1, 0], [0, 1]]), heads: 2 },
 *   { weight: tensor2d([[1, 1]]), heads: 1 },
 * ]);
 * [q.shape, [...(await q.data())], v.shape, [...(await v.data())]]; // => [[1, 2, 2, 1], [1, 3, 2, 4], [1, 1, 2, 1], [3, 7]]
 */
export function applyHeadProjections(x: Tensor, projections: readonly HeadProjection[]): Tensor[] {
  checkProjections(x, projections);
  const withBias = projections.filter(({ bias }) => bias !== undefined).length;
  const isAlike = withBias === 0 || withBias === projections.length;
  if (isAlike && !projections.some(({ weight }) => isPacked(weight))) {
    const inputs = [x, ...projections.flatMap(({ weight, bias }) => [weight as Tensor, ...(bias === undefined ? [] : [bias])])] as const;
    const attributes = { heads: projections.map(({ heads }) => heads), hasBias: withBias > 0 };
    if (headProjectionsContract.hasKernel(inputs, attributes)) return [...headProjectionsContract.run(inputs, attributes)];
  }
  return tidy(() => projections.map(({ weight, bias, heads }) => splitHeads(applyLinear(x, weight, bias), heads)));
}

const caller = 'applyHeadProjections';

function checkProjections(x: Tensor, projections: readonly HeadProjection[]): void {
  if (!Array.isArray(projections) || projections.length < 1 || projections.length > mostProjections) {
    throw new ConfigError({
      caller,
      problem: `projections must be a list of 1 to ${mostProjections}.`,
      expected: '[{ weight, bias, heads }, …]: queries, keys and values, or some of them',
      got: Array.isArray(projections) ? `${projections.length} of them` : show(projections),
      remedy: 'call once for each input that is projected.',
    });
  }
  const { b, n, width } = dims(caller, { x: [x, 'b n width:float32'] });
  requireFilled(caller, { b, n, width });
  for (const [at, projection] of projections.entries()) checkProjection(x, `projections[${at}]`, projection);
}

function checkProjection(x: Tensor, name: string, projection: HeadProjection): void {
  requireKnown(caller, projection, { weight: true, bias: true, heads: true });
  const { weight, bias, heads } = projection;
  requireInteger(caller, { [`${name}.heads`]: heads }, 1);
  if (isPacked(weight)) requirePackedWeight(caller, `${name}.weight`, weight);
  else dims(caller, { [`${name}.weight`]: [weight, 'out in:float32'] });
  const [out, width] = weight.shape as [number, number];
  dims(caller, { [`${name}.bias`]: [bias, `?${out}:float32`] });
  checkFeatures(caller, 'x', x, width, `${name}.weight`);
  if (out % heads === 0) return;
  throw new ShapeError({
    caller,
    problem: `the rows of ${name}.weight must be a multiple of its heads.`,
    expected: `[${heads} · headDim, ${width}]`,
    got: `[${out}, ${width}]`,
    remedy: 'give heads that divide the features, or the weight of all heads.',
  });
}
