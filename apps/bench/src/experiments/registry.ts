import { adaptive } from './adaptive/adaptive.ts';
import type { Experiment } from './experiment.ts';
import { hierarchy } from './hierarchy/hierarchy.ts';
import { kernels } from './kernels/kernels.ts';
import { lsh } from './lsh/lsh.ts';
import { peers } from './peers/peers.ts';
import { reversible } from './reversible/reversible.ts';
import { xl } from './xl/xl.ts';

/** Every experiment: each is a subcommand of the bench. */
export const experiments: readonly Experiment[] = [kernels, peers, adaptive, lsh, reversible, xl, hierarchy];

export function experimentNamed(name: string): Experiment {
  const found = experiments.find((experiment) => experiment.name === name);
  if (found === undefined) throw new Error(`there is no experiment "${name}"`);
  return found;
}
