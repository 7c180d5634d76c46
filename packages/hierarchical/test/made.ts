import type { Layer, LayerContext, LayerOutput, Parameters } from '@longspan/core-tensor';
import { hiddenOf } from '@longspan/core-tensor/layer';
import { clone, type Tensor, tidy } from '@tensorflow/tfjs-core';

/** A layer with all that it is applied to: from parameters to one tensor. */
export interface Made {
  readonly init: Layer['init'];
  readonly run: (parameters: Parameters) => Tensor;
}

/** @param read which of several results to take; the main one by default */
export const made = <C extends LayerContext, Out extends LayerOutput>(
  layer: Layer<C, Out>,
  x: Tensor,
  context: C,
  read: (output: Out) => Tensor = hiddenOf,
): Made => ({
  init: layer.init,
  // The type of the context's argument is not known where that of the context is not.
  run: (parameters) => tidy(() => clone(read((layer as Layer<LayerContext, Out>).apply(parameters, x, context)))),
});
