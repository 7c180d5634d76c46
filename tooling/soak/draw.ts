import { createKey, type Key, randomBits, randomNormal, randomUniform } from '@longspan/core-tensor';
import { type Tensor, tensor } from '@tensorflow/tfjs-core';

/** Everything random of one call, each by its name. */
export interface Draw {
  readonly key: Key;
  /** From min to max, small ones as likely as large ones: their logarithm is uniform. */
  whole(name: string, min: number, max: number): number;
  one<Choice>(name: string, choices: readonly Choice[]): Choice;
  normal(name: string, shape: readonly number[]): Tensor;
  /** int32, from 0 to below - 1. */
  ids(name: string, shape: readonly number[], below: number): Tensor;
}

// Drawing millions of numbers anew would take longer than the calls. A prime length: rows of no tensor repeat.
const pool = randomNormal(createKey('soak'), 262_139);

function fromPool(key: Key, shape: readonly number[]): Tensor {
  const from = randomBits(key, 1)[0] as number;
  const count = shape.reduce((product, size) => product * size, 1);
  return tensor(
    Float32Array.from({ length: count }, (_, at) => pool[(from + at) % pool.length] as number),
    [...shape],
  );
}

export function drawFrom(key: Key): Draw {
  const share = (name: string): number => randomUniform(key.fold(name), 1)[0] as number;
  return {
    key,
    whole: (name, min, max) => Math.floor(Math.exp(Math.log(min) + share(name) * Math.log((max + 1) / min))),
    one: (name, choices) => choices[Math.floor(share(name) * choices.length)] as (typeof choices)[number],
    normal: (name, shape) => fromPool(key.fold(name), shape),
    ids(name, shape, below) {
      const count = shape.reduce((product, size) => product * size, 1);
      const drawn = randomUniform(key.fold(name), count);
      return tensor(
        Int32Array.from(drawn, (each) => Math.floor(each * below)),
        [...shape],
        'int32',
      );
    },
  };
}
