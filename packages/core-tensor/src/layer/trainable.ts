import { type Variable, variable } from '@tensorflow/tfjs-core';
import { weightOfScale } from './packed-parameters.ts';
import { requireParameters } from './parameter-record.ts';
import type { Parameters } from './parameters.ts';

/**
 * The same numbers as variables of tfjs, which its optimisers change: a record that layers take as it is. Variables live until they
 * are disposed (`disposeParameters`); those of packed weights stay what they are, for no optimiser moves them; the tensors that were given stay the caller's, so call it in a tidy around `init`.
 * @shape those of the parameters
 * @cost none: numbers are shared until an optimiser writes
 * @example
 * const layer = linear({ inFeatures: 1, outFeatures: 1, bias: false });
 * const weights = tidy(() => trainable(layer.init(createKey(0))));
 * weights.weight.assign(tensor2d([[3]]));
 * await layer.apply(weights, tensor2d([[2]])).data(); // => [6]
 */
export function trainable(parameters: Parameters): Readonly<Record<string, Variable>> {
  requireParameters('trainable', parameters);
  // Nameless for tfjs, which keeps names unique in the whole process: two models may have parameters of one name.
  return Object.fromEntries(Object.entries(parameters).map(([name, tensor]) => [name, variable(tensor, isTrained(name, parameters))]));
}

/** Packed weights and their scales are constants. */
function isTrained(name: string, parameters: Parameters): boolean {
  const weight = weightOfScale(name) ?? name;
  return (Object.hasOwn(parameters, weight) ? parameters[weight] : parameters[name])?.dtype !== 'int32';
}
