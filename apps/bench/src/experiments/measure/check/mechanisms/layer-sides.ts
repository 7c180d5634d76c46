import { disposeParameters, type Parameters } from '@longspan/core-tensor';
import { add, type Tensor } from '@tensorflow/tfjs-core';
import type { CheckText, Sides } from './mechanism.ts';

/** Gradients of weights are sums over all tokens of both rows. */
export const weightTolerance = { atol: 1e-3, rtol: 1e-4 } as const;

/** What a layer makes of its inputs, or its reference. */
export type Run = (parameters: Parameters, ...inputs: Tensor[]) => Tensor | readonly Tensor[];

/** Other numbers in the same shapes, large enough to matter; the weights of layer norms lie around 1. */
export function drawnParameters(text: CheckText, initial: Parameters): Parameters {
  const drawn = Object.entries(initial).map(([name, { shape }]) => {
    const numbers = text.numbers(name, shape, 0.2);
    return [name, /norm[^.]*\.weight$/i.test(name) ? add(numbers, 1) : numbers] as const;
  });
  disposeParameters(initial);
  return Object.fromEntries(drawn);
}

/** A layer and its reference as functions of the inputs and of all parameters, which are drawn again. */
export function layerSides(text: CheckText, initial: Parameters, inputs: readonly Tensor[], ours: Run, reference: Run): Sides {
  const parameters = drawnParameters(text, initial);
  const names = Object.keys(parameters);
  const over =
    (run: Run) =>
    (...given: Tensor[]): readonly Tensor[] => {
      const named = Object.fromEntries(names.map((name, index) => [name, given[inputs.length + index] as Tensor]));
      return [run(named, ...given.slice(0, inputs.length))].flat();
    };
  return { inputs: [...inputs, ...Object.values(parameters)], ours: over(ours), reference: over(reference) };
}
