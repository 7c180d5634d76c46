import type { LayerState } from '@longspan/core-tensor';
import { lens } from '@longspan/core-tensor/layer';
import { norm, stack, sub, type Tensor } from '@tensorflow/tfjs-core';
import type { Block } from './blocks.ts';
import { choicesOf } from './choices.ts';
import { couple, type Surroundings, uncouple } from './coupling.ts';
import type { Streams } from './streams.ts';

/** How far the rebuilt inputs of one block are from the true ones. */
export interface BlockReconstructionError {
  readonly block: number;
  /** ‖rebuilt − true‖ / ‖true‖, of either stream. */
  readonly x1: number;
  readonly x2: number;
}

/**
 * Runs segments of blocks forward, keeping all streams, then back: for each block in their order the distance and the size of both
 * streams, four numbers. To be called inside a tidy.
 */
export function errorsOfBlocks(segments: readonly (readonly Block[])[], inputs: Streams, by: Surroundings): Tensor {
  let streams = inputs;
  const errors = segments.flatMap((blocks) => {
    const trail = [streams];
    let state: LayerState = {};
    for (const block of blocks) {
      const after = couple(block, trail.at(-1) as Streams, by);
      trail.push(after.streams);
      state = { ...state, ...after.state };
    }
    const choices = Object.fromEntries(choicesOf(blocks, state));
    const again = { ...by, state: lens(by.state.caller, 'state', { ...by.state.record(), ...choices }) };
    streams = trail.pop() as Streams;
    let rebuilt = streams;
    const found: Tensor[][] = [];
    for (const block of [...blocks].reverse()) {
      rebuilt = uncouple(block, rebuilt, again);
      found.unshift(distances(trail.pop() as Streams, rebuilt));
    }
    return found.flat();
  });
  return stack(errors);
}

/** The blocks' errors; disposes the numbers. */
export async function readErrors(errors: Tensor): Promise<readonly BlockReconstructionError[]> {
  try {
    const numbers = Array.from(await errors.data());
    return Array.from({ length: numbers.length / 4 }, (_, block) => {
      const [distance1, size1, distance2, size2] = numbers.slice(4 * block) as [number, number, number, number];
      return { block, x1: relative(distance1, size1), x2: relative(distance2, size2) };
    });
  } finally {
    errors.dispose();
  }
}

const distances = (truth: Streams, rebuilt: Streams): Tensor[] =>
  (['x1', 'x2'] as const).flatMap((stream) => [norm(sub(rebuilt[stream], truth[stream])), norm(truth[stream])]);

const relative = (distance: number, size: number): number => (distance === 0 ? 0 : distance / size);
