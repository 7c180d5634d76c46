import { applyHeadProjections, dims, type Lens } from '@longspan/core-tensor';
import { weightOf } from '@longspan/core-tensor/layer';
import type { Tensor } from '@tensorflow/tfjs-core';

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
