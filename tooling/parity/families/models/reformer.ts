import type { Family as CheckpointFamily } from '@longspan/models';
import { type ReformerModels, reformer } from '@longspan/models/reformer';
import type { Family } from '../../replay.ts';
import { oneWay } from '../way.ts';
import { encoderFamily } from './encoder.ts';

/** A Reformer hashes by the rotations of the reference. Its chunks are its blocks: there is one way to compute it. */
export const reformerFamily = (model: keyof ReformerModels): Family => {
  const family = encoderFamily(reformer as object as CheckpointFamily, model, ({ tensors }, inputs) => {
    const layers = [...tensors.keys()].flatMap((name) => (name.startsWith('rand.rotations.') ? [name.slice('rand.rotations.'.length)] : []));
    return { layerRotations: Object.fromEntries(layers.map((layer) => [layer, inputs.get(`rand.rotations.${layer}`)])) };
  });
  return (fixture) => {
    const [way] = family(fixture).ways;
    return { ways: way === undefined ? [] : oneWay(way.run) };
  };
};
