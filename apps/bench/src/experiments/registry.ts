import type { Experiment } from './experiment.ts';
import { hierarchy } from './hierarchy/hierarchy.ts';
import { kernels } from './kernels/kernels.ts';
import { xl } from './xl/xl.ts';

/** Every experiment: each is a subcommand of the bench. */
export const experiments: readonly Experiment[] = [
  kernels, //
  hierarchy,
  xl,
];

export function experimentNamed(name: string): Experiment {
  const found = experiments.find((experiment) => experiment.name === name);
  if (found === undefined) throw new Error(`there is no experiment "${name}"`);
  return found;
}
