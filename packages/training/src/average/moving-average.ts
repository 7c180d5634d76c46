import type { Parameters } from '@longspan/core-tensor';
import { dims } from '@longspan/core-tensor';
import { ConfigError, requireKind, show } from '@longspan/core-tensor/error';
import { add, mul, type Tensor, tidy } from '@tensorflow/tfjs-core';
import { requireFloats } from '../gradient/require-floats.ts';

/**
 * One step of a moving average of weights: decay · average + (1 − decay) · parameters. Nothing is changed in place; begin with the parameters
 * themselves. Models are often better by the average than by the last weights.
 * @shape average: the shapes of the parameters, float32
 * @returns the new average, of the caller's; what is not float32 is left out
 * @throws ConfigError when decay is not in [0, 1], or a name is missing from the average; ShapeError when shapes differ
 * @cost one pass over the parameters
 * @source Polyak & Juditsky 1992, in the exponential form of Tarvainen & Valpola 2017 (arXiv 1703.01780)
 * @example
 * await movingAverage({ weight: tensor1d([1]) }, { weight: tensor1d([2]) }, 0.9).weight.data(); // => [1.1]
 */
export function movingAverage(average: Parameters, parameters: Parameters, decay: number): Parameters {
  const caller = 'movingAverage';
  for (const [what, record] of Object.entries({ average, parameters })) requireKind(caller, what, record, 'record');
  requireKind(caller, 'decay', decay, 'amount');
  if (decay > 1) throw wrong('decay must be in [0, 1].', 'a number from 0 to 1', show(decay), 'give 0.999, say.');
  for (const [name, tensor] of Object.entries(average)) requireFloats(caller, `average.${name}`, tensor);
  const moving = Object.entries(parameters).filter(([name, tensor]) => {
    dims(caller, { [`parameters.${name}`]: [tensor, '...'] });
    return tensor.dtype === 'float32';
  });
  for (const [name, tensor] of moving) {
    if (!Object.hasOwn(average, name)) {
      throw wrong('the average must have every parameter.', `average.${name}`, 'none', 'begin with the parameters themselves.');
    }
    dims(caller, { [`average.${name}`]: [average[name] as Tensor, tensor.shape.join(' ')] });
  }
  return tidy(() =>
    Object.fromEntries(moving.map(([name, tensor]) => [name, add(mul(average[name] as Tensor, decay), mul(tensor, 1 - decay))])),
  );
}

const wrong = (problem: string, expected: string, got: string, remedy: string): ConfigError =>
  new ConfigError({ caller: 'movingAverage', problem, expected, got, remedy });
