import { applyLinear, type Parameters, parameter, relativePositions, type ScoreTerm, sinusoidalPositions } from '@longspan/core-tensor';
import { add, expandDims, reshape, type Tensor, transpose, zeros } from '@tensorflow/tfjs-core';
import { linearSpec, type ParameterSpec } from '../layer/parameter-spec.ts';

/** The two biases of relative scores, [heads, headDim], that all layers of an Hourglass share. */
export interface SharedBiases {
  readonly context: Tensor;
  readonly location: Tensor;
}

/** The projections of a relative attention: all of them with biases. */
export const relativeAttentionSpec = (name: string, width: number): ParameterSpec =>
  Object.assign({}, ...['query', 'key', 'value', 'position', 'out'].map((each) => linearSpec(`${name}.${each}`, width, width)));

/** The dense layer of that name. */
export const project = (parameters: Parameters, name: string, x: Tensor): Tensor =>
  applyLinear(x, parameter(parameters, `${name}.weight`, 'hourglass'), parameter(parameters, `${name}.bias`, 'hourglass'));

/**
 * The score term for a table of signed distances (key − query, in tokens), the farthest key first. Several tables make several
 * kinds of heads of each head: head h · kinds + kind reads the table of its kind.
 */
export function relativeTerm(
  parameters: Parameters,
  name: string,
  { context, location }: SharedBiases,
  distances: readonly (readonly number[])[],
): ScoreTerm {
  const [heads, headDim] = context.shape as [number, number];
  const [kinds, length] = [distances.length, distances[0]?.length as number];
  const table = sinusoidalPositions(distances.flat(), heads * headDim, { style: 'concatenated' });
  const rows = reshape(project(parameters, `${name}.position`, table), [kinds, length, heads, headDim]);
  const forKinds = (bias: Tensor): Tensor =>
    kinds === 1 ? bias : reshape(add(expandDims(bias, 1), zeros([heads, kinds, headDim])), [heads * kinds, headDim]);
  return relativePositions({
    r: reshape(transpose(rows, [2, 0, 1, 3]), [heads * kinds, length, headDim]),
    u: forKinds(context),
    v: forKinds(location),
  });
}
