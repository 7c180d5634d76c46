import { clipByGlobalNorm } from '@longspan/training';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { Family } from '../replay.ts';
import { oneWay } from './way.ts';

/** torch's clip_grad_norm_. */
export const trainingClip: Family = ({ config }) => {
  const ways = oneWay((inputs) => {
    const names = Object.keys(inputs.parameters());
    const given = Object.fromEntries(names.map((name) => [name, inputs.get(`in.grad.${name}`)]));
    const { gradients, norm } = clipByGlobalNorm(given, config.number('max_norm'));
    return { norm, ...Object.fromEntries(names.map((name) => [`grad.${name}`, gradients[name] as Tensor])) };
  });
  return { ways };
};
