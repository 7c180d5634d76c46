import { applyHeadProjections, applyLinear, dims, type Lens, splitHeads } from '@longspan/core-tensor';
import { weightOf } from '@longspan/core-tensor/layer';
import { slice, type Tensor } from '@tensorflow/tfjs-core';

/** A part of a layer that is a plain `linear` layer to heads. */
export interface ProjectingPart {
  readonly name: string;
  readonly heads: number;
  readonly headDim: number;
}

/**
 * What such parts make of the same x, cut into heads, in one call: the layer reads their parameters itself.
 * @param parameters of the layer
 * @shape x [b, n, width]; returns [b, heads, n, headDim] for each part
 */
export function projectToHeads(parameters: Lens<Tensor>, x: Tensor, parts: readonly ProjectingPart[]): readonly Tensor[] {
  const { width } = dims(parameters.caller, { x: [x, 'b n width:float32'] }); // what the parts would check in the layer's name
  const projections = parts.map(({ name, heads, headDim }) => {
    const own = parameters.below(name);
    return { weight: weightOf(own, 'weight', [heads * headDim, width]), bias: own.find('bias'), heads };
  });
  return applyHeadProjections(x, projections);
}

/**
 * The same of one part whose output channels are those of the parts in turn, as in checkpoints with one matrix for queries, keys and values.
 * @param name of that one part
 * @shape x [b, n, width]; returns [b, heads, n, headDim] for each part
 */
export function projectTogether(
  parameters: Lens<Tensor>,
  x: Tensor,
  name: string,
  parts: readonly Pick<ProjectingPart, 'heads' | 'headDim'>[],
): readonly Tensor[] {
  const { b, n, width } = dims(parameters.caller, { x: [x, 'b n width:float32'] });
  const own = parameters.below(name);
  const sizes = parts.map(({ heads, headDim }) => heads * headDim);
  const sumOf = (count: number): number => sizes.slice(0, count).reduce((sum, size) => sum + size, 0);
  const weight = weightOf(own, 'weight', [sumOf(sizes.length), width]);
  const bias = own.find('bias');
  const spans = parts.map(({ heads }, at) => ({ heads, start: sumOf(at), size: sizes[at] as number }));
  if ('kind' in weight) {
    // One product of all: on webgpu tfjs's slice would take the words of a packed weight for float32.
    const all = applyLinear(x, weight, bias);
    return spans.map(({ heads, start, size }) => splitHeads(slice(all, [0, 0, start], [b, n, size]), heads));
  }
  // Slices of rows, which lie together, not of the features: on wasm a slice copies its whole input first.
  return applyHeadProjections(
    x,
    spans.map(({ heads, start, size }) => ({
      weight: slice(weight, [start, 0], [size, width]),
      bias: bias && slice(bias, [start], [size]),
      heads,
    })),
  );
}
