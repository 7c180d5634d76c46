import { add, type Tensor, tidy } from '@tensorflow/tfjs-core';
import { requireKind, ShapeError } from '../error/index.ts';
import { hiddenOf, wrapLayer } from './define-layer.ts';
import type { Layer, LayerContext, LayerOutput, LayerResult } from './layer.ts';

/**
 * Adds a layer's main result to x: x + layer(x). Parameters, state, context and key are the layer's own.
 * @shape x any -> the same
 * @throws ShapeError when the layer's result is not of x's shape, which tfjs might broadcast
 * @cost that of the layer and one sum
 * @source He et al. 2015 (arXiv 1512.03385)
 * @example
 * const layer = residual(layerNorm({ width: 2, epsilon: 0 }));
 * await layer.apply(layer.init(createKey(1)), tensor2d([[5, 9]])).data(); // => [4, 10]
 */
export function residual<C extends LayerContext, Out extends LayerOutput>(layer: Layer<C, Out>): Layer<C, Out> {
  requireKind('residual', 'layer', layer, 'layer');
  return wrapLayer(layer, (inner, x, { parameters: { caller } }) => {
    const output = inner(x);
    const hidden = tidy(() => add(x, sameShape(caller, x, hiddenOf(output))));
    const result: LayerOutput = 'hidden' in output ? { ...(output as LayerResult), hidden } : hidden;
    return result as Out;
  });
}

function sameShape(caller: string, x: Tensor, output: Tensor): Tensor {
  if (x.shape.length === output.shape.length && x.shape.every((size, axis) => size === output.shape[axis])) return output;
  throw new ShapeError({
    caller,
    problem: 'a layer within residual() must keep the shape of x.',
    expected: `[${x.shape.join(', ')}], the shape of x`,
    got: `[${output.shape.join(', ')}]`,
    remedy: 'use a layer that keeps the shape, or chain it without residual.',
  });
}
