import type { Family as CheckpointFamily } from '@longspan/models';
import { type ReformerModels, reformer } from '@longspan/models/reformer';
import type { Fixture } from '../../fixture.ts';
import type { Inputs } from '../../inputs.ts';
import type { Family } from '../../replay.ts';
import { encoderFamily } from './encoder.ts';
import { generationFamily } from './generation.ts';

/** Its layers hash by the rotations of the reference. */
function rotationsOf({ tensors }: Fixture, inputs: Inputs): Readonly<Record<string, unknown>> {
  const start = 'rand.rotations.';
  const layers = [...tensors.keys()].flatMap((name) => (name.startsWith(start) ? [name.slice(start.length)] : []));
  if (layers.length === 0) return {};
  return { layerRotations: Object.fromEntries(layers.map((layer) => [layer, inputs.get(start + layer)])) };
}

export const reformerFamily = (model: keyof ReformerModels): Family =>
  encoderFamily(reformer as object as CheckpointFamily, model, rotationsOf, { hasOwnBlocks: true });

/** Greedy, with the cache of local attention, or with everything read again at each step where the reference does so. */
export const reformerGeneration: Family = generationFamily(reformer as object as CheckpointFamily, 'causalLanguageModel', {
  modelOptions: ({ config }) => ({ cache: (config.raw('generate') as { readonly use_cache?: boolean }).use_cache === true }),
  options: (fixture, inputs) => ({ context: rotationsOf(fixture, inputs) }),
});
