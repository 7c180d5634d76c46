import type { Parameters } from '@longspan/core-tensor';
import { dispose, type Variable, variable } from '@tensorflow/tfjs-core';

/** Parameters as variables of tfjs, which optimizers train; the parameters themselves are disposed. */
export function variables(parameters: Parameters): Record<string, Variable> {
  const made = Object.fromEntries(Object.entries(parameters).map(([name, tensor]) => [name, variable(tensor, true)]));
  dispose(parameters);
  return made;
}
