import { createKey, normal, type Parameters } from '@longspan/core-tensor';

/** Dense layers of that width by their names, with weights that make attention uneven and biases that are not 0. */
export const livelyLayers = (names: readonly string[], width: number): Parameters =>
  Object.fromEntries(
    names.flatMap((name) => [
      [`${name}.weight`, normal(createKey(`${name} weight`), [width, width], { standardDeviation: 0.6 })],
      [`${name}.bias`, normal(createKey(`${name} bias`), [width])],
    ]),
  );
