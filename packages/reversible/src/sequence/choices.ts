import type { LayerState } from '@longspan/core-tensor';
import { ConfigError } from '@longspan/core-tensor/error';
import { concat, reshape, slice, type Tensor, zeros } from '@tensorflow/tfjs-core';
import type { Block, Branch } from './blocks.ts';

/** The choices of a first run (buckets, clusters), which the second run must not make again from other last digits: names and shapes. */
export type ChoiceShapes = readonly (readonly [name: string, shape: readonly number[]])[];

/** Those values of the new state of some blocks that are choices, by name. */
export function choicesOf(blocks: readonly Block[], state: LayerState): readonly (readonly [string, Tensor])[] {
  const names = blocks.flatMap(({ f, g }) => [f, g]).flatMap(replayNames);
  const isChoice = (name: string): boolean => names.some((each) => name === each || name.startsWith(`${each}.`));
  return Object.entries(state).flatMap(([name, value]) => {
    if (!isChoice(name) || typeof value === 'number') return [];
    if (value.dtype !== 'int32') throw notWhole(name, value.dtype);
    return [[name, value] as const];
  });
}

const replayNames = ({ name, layer }: Branch): readonly string[] => layer.replays.map((each) => `${name}.${each}`);

/** All choices as one int32 vector, which one output of an op can carry to its backward pass. */
export function packed(choices: readonly (readonly [string, Tensor])[]): Tensor {
  const flat = choices.map(([, each]) => reshape(each, [-1]));
  return flat.length === 0 ? zeros([1], 'int32') : concat(flat);
}

/** The choices again, as state to be handed back. To be called inside a tidy. */
export function unpacked(vector: Tensor, shapes: ChoiceShapes): LayerState {
  let start = 0;
  return Object.fromEntries(
    shapes.map(([name, shape]) => {
      const size = shape.reduce((product, axis) => product * axis, 1);
      start += size;
      return [name, reshape(slice(vector, [start - size], [size]), [...shape])];
    }),
  );
}

const notWhole = (name: string, dtype: string): ConfigError =>
  new ConfigError({
    caller: 'reversibleSequence',
    problem: 'a state that a layer replays must be int32.',
    expected: `${name} of int32`,
    got: dtype,
    remedy: 'replay the choice (an index), not the numbers that it was made from.',
  });
