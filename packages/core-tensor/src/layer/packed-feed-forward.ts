import { reshape, type Tensor, tidy, zerosLike } from '@tensorflow/tfjs-core';
import { requireNoGradient } from '../contracts/packed-linear/contract.ts';
import { defineOp, type Op } from '../op/define-op.ts';
import { chunksOf, inChunks, partOf, sumInChunks } from '../tensor/in-chunks.ts';
import { asRows } from '../tensor/rows.ts';
import { vjp } from '../tensor/tfjs-engine.ts';
import type { PackedWeight } from '../weight/packed-weight.ts';
import { type Activation, activations } from './activation.ts';
import { applyLinear } from './linear.ts';

/** The parameters of a feed-forward layer whose weights are packed, of any kind each. */
export interface PackedFeedForward {
  readonly innerWeight: PackedWeight;
  readonly innerBias: Tensor;
  readonly outerWeight: PackedWeight;
  readonly outerBias: Tensor;
}

interface Attributes {
  readonly activation: Activation;
  readonly chunkLength: number;
  /** Kind and shape of the two weights, whose tensors are inputs. */
  readonly inner: Pick<PackedWeight, 'kind' | 'shape'>;
  readonly outer: Pick<PackedWeight, 'kind' | 'shape'>;
}

type Biases = readonly [innerBias: Tensor, outerBias: Tensor];

/** x, the two biases, the numbers of the two weights and, of those in int8, their scales. */
type Inputs = readonly [x: Tensor, innerBias: Tensor, outerBias: Tensor, innerNumbers: Tensor, outerNumbers: Tensor, ...scales: Tensor[]];

const frozen = (weight: 'inner' | 'outer') => (_: unknown, __: unknown, attributes: Attributes) =>
  requireNoGradient(attributes[weight].kind);

const frozenScale = () => requireNoGradient('int8');

/**
 * Made of calls of the linear map, because the products are all that takes time: each backend's kernels of it serve here, and each of the
 * two weights may be of its own kind.
 */
const inChunksOfRows: Op<Inputs, readonly [Tensor], Attributes> = defineOp({
  name: 'LongspanPackedFeedForward',
  forward([x, ...parameters]: Inputs, attributes: Attributes): [Tensor] {
    const map = mapOf(parameters, attributes);
    const rows = asRows(x);
    const [y] = inChunks(chunksOf(rows.shape[0] as number, attributes.chunkLength), 0, (chunk) => [
      map(partOf(rows, chunk), [parameters[0], parameters[1]]),
    ]);
    return [reshape(y, x.shape)];
  },
  gradient({ inputs: [x, ...parameters] }, [dy], attributes) {
    const map = mapOf(parameters, attributes);
    const biases: Biases = [parameters[0], parameters[1]];
    const [inputs, cotangents] = [asRows(x), asRows(dy)];
    const [dx, ...sums] = sumInChunks(chunksOf(inputs.shape[0] as number, attributes.chunkLength), 0, (chunk) => {
      const xs = [partOf(inputs, chunk), ...biases] as const;
      const { gradients } = vjp(() => [map(xs[0], biases)], xs, [partOf(cotangents, chunk)]);
      return xs.map((each, at) => gradients[at] ?? zerosLike(each)) as [Tensor, Tensor, Tensor];
    });
    return [reshape(dx, x.shape), ...sums];
  },
  gradientOf: { 3: frozen('inner'), 4: frozen('outer'), 5: frozenScale, 6: frozenScale },
});

/** The map of some rows, with the weights put together again. */
function mapOf(
  [, , innerNumbers, outerNumbers, ...scales]: readonly [Tensor, Tensor, Tensor, Tensor, ...Tensor[]],
  { activation, inner, outer }: Attributes,
): (rows: Tensor, biases: Biases) => Tensor {
  const left = [...scales];
  const weightOf = (form: Attributes['inner'], numbers: Tensor): PackedWeight =>
    form.kind === 'int8' ? { ...form, numbers, scale: left.shift() } : { ...form, numbers };
  const innerWeight = weightOf(inner, innerNumbers);
  const outerWeight = weightOf(outer, outerNumbers);
  return (rows, [innerBias, outerBias]) =>
    tidy(() => applyLinear(activations[activation].apply(applyLinear(rows, innerWeight, innerBias)), outerWeight, outerBias));
}

/** Two linear maps by packed weights, in chunks of rows; the backward pass computes each chunk again. All is checked by the caller. */
export function packedFeedForward(
  x: Tensor,
  { innerWeight, innerBias, outerWeight, outerBias }: PackedFeedForward,
  { activation, chunkLength }: Pick<Attributes, 'activation' | 'chunkLength'>,
): Tensor {
  const scales = [innerWeight.scale, outerWeight.scale].filter((scale) => scale !== undefined);
  const form = ({ kind, shape }: PackedWeight): Attributes['inner'] => ({ kind, shape });
  const attributes = { activation, chunkLength, inner: form(innerWeight), outer: form(outerWeight) };
  return inChunksOfRows([x, innerBias, outerBias, innerWeight.numbers, outerWeight.numbers, ...scales], attributes)[0];
}
