import type { Layer, LayerContext, LayerOutput } from '@longspan/core-tensor';
import { wrapLayer } from '@longspan/core-tensor/layer';
import type { Tensor } from '@tensorflow/tfjs-core';

/**
 * Layers with the same parameters, of which each call runs one.
 * @param first whose parameters, names of context and checks are those of all
 */
export const oneOf = <C extends LayerContext, Out extends LayerOutput>(
  first: Layer<C, Out>,
  choose: (x: Tensor, context: C) => Layer<C, Out>,
): Layer<C, Out> => wrapLayer(first, (_, x, scope, context) => choose(x, context).run(scope, x, context));
