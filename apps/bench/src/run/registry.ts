import { adaptive } from '../experiments/adaptive/adaptive.ts';
import { book } from '../experiments/book/book.ts';
import { documents } from '../experiments/documents/documents.ts';
import { gpu } from '../experiments/gpu/gpu.ts';
import { hierarchy } from '../experiments/hierarchy/hierarchy.ts';
import { kernels } from '../experiments/kernels/kernels.ts';
import { lsh } from '../experiments/lsh/lsh.ts';
import { measure } from '../experiments/measure/measure.ts';
import { models } from '../experiments/models/models.ts';
import { peers } from '../experiments/peers/peers.ts';
import { playground } from '../experiments/playground/playground.ts';
import { reader } from '../experiments/reader/reader.ts';
import { retrieval } from '../experiments/retrieval/retrieval.ts';
import { reversible } from '../experiments/reversible/reversible.ts';
import { tasks } from '../experiments/tasks/tasks.ts';
import { training } from '../experiments/training/training.ts';
import { xl } from '../experiments/xl/xl.ts';
import type { Experiment } from './experiment.ts';

/** Every experiment: each is a subcommand of the bench. */
export const experiments: readonly Experiment[] = [
  measure,
  kernels,
  gpu,
  peers,
  models,
  adaptive,
  lsh,
  reversible,
  xl,
  hierarchy,
  training,
  reader,
  book,
  tasks,
  documents,
  retrieval,
  playground,
];

export function experimentNamed(name: string): Experiment {
  const found = experiments.find((experiment) => experiment.name === name);
  if (found === undefined) throw new Error(`there is no experiment "${name}"`);
  return found;
}
