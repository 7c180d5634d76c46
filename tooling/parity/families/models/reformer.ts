import type { Family as CheckpointFamily } from '@longspan/models';
import { type ReformerModels, reformer } from '@longspan/models/reformer';
import type { Family } from '../../replay.ts';
import { encoderFamily } from './encoder.ts';

/** A Reformer hashes by the rotations of the reference. */
export const reformerFamily = (model: keyof ReformerModels): Family =>
  encoderFamily(
    reformer as object as CheckpointFamily,
    model,
    ({ tensors }, inputs) => {
      const start = 'rand.rotations.';
      const layers = [...tensors.keys()].flatMap((name) => (name.startsWith(start) ? [name.slice(start.length)] : []));
      if (layers.length === 0) return {};
      return { layerRotations: Object.fromEntries(layers.map((layer) => [layer, inputs.get(start + layer)])) };
    },
    { hasOwnBlocks: true },
  );
