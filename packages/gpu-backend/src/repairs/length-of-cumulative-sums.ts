import { changePrograms } from './program.ts';
import type { Repair } from './repair.ts';

/** Reversed cumulative sums, and so the gradient of any: the length is in the WGSL and not in its key, so a second length runs the first's. */
export const lengthOfCumulativeSums: Repair = {
  name: 'length of cumulative sums',
  apply: (backend) =>
    changePrograms(backend, 'cum_', ({ program }) => {
      program.shaderKey += `_${program.outputShape.at(-1)}`;
    }),
};
