import type { Tensor } from '@tensorflow/tfjs-core';
import { type MovingParameter, stateName } from './moving-parameters.ts';
import type { Optimized } from './optimizer.ts';

/** What became of one parameter, by the parts of its state. */
export interface MovedParameter {
  readonly parameter: Tensor;
  readonly remembers: Readonly<Record<string, Tensor>>;
}

/** A step that is taken parameter by parameter: the temporaries of one are gone before those of the next are made. */
export function each(moving: readonly MovingParameter[], step: (one: MovingParameter) => MovedParameter): Optimized {
  const moved = moving.map((one) => ({ ...one, ...step(one) }));
  return {
    parameters: Object.fromEntries(moved.map(({ name, parameter }) => [name, parameter])),
    state: Object.fromEntries(
      moved.flatMap(({ name, step: count, remembers }) => [
        [stateName('step', name), count],
        ...Object.entries(remembers).map(([part, tensor]) => [stateName(part, name), tensor]),
      ]),
    ),
  };
}
