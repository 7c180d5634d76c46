import { type Tensor, tidy } from '@tensorflow/tfjs-core';
import { type MovingParameter, stateName } from './moving-parameters.ts';
import type { Optimized } from './optimizer.ts';

/** What became of one parameter: its new tensor, and those of the parts of its state. */
export interface MovedParameter {
  readonly parameter: Tensor;
  readonly remembers: Readonly<Record<string, Tensor>>;
}

/**
 * A step that is taken in groups, each in one call, which is one pass over its parameters where a backend has a kernel for it.
 * @param shareOf what the parameters of one call have in common: equal texts, one call
 * @param step gives what became of each, in the order of the group
 */
export function inGroups(
  moving: readonly MovingParameter[],
  shareOf: (one: MovingParameter) => string,
  step: (group: readonly MovingParameter[], first: MovingParameter) => readonly MovedParameter[],
): Optimized {
  const groups = new Map<string, MovingParameter[]>();
  for (const one of moving) groups.set(shareOf(one), [...(groups.get(shareOf(one)) ?? []), one]);
  const moved = tidy(() =>
    [...groups.values()].flatMap((group) =>
      step(group, group[0] as MovingParameter).map((each, at) => {
        const { name, step: count } = group[at] as MovingParameter;
        return { name, count, ...each };
      }),
    ),
  );
  return {
    parameters: Object.fromEntries(moved.map(({ name, parameter }) => [name, parameter])),
    state: Object.fromEntries(
      moved.flatMap(({ name, count, remembers }) => [
        [stateName('step', name), count],
        ...Object.entries(remembers).map(([part, tensor]) => [stateName(part, name), tensor]),
      ]),
    ),
  };
}
