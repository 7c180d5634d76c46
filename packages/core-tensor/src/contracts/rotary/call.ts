import type { Tensor } from '@tensorflow/tfjs-core';

/** 'half': feature i turns with feature i + rotaryDim / 2 (Llama, GPT-NeoX); 'interleaved': 2i with 2i + 1 (RoFormer, GPT-J). */
export type RotaryStyle = 'half' | 'interleaved';

/**
 * x [b, h, n, d]; cosines and sines both [n, d] or both [b, 1, n, d], which have no gradients; and others that are turned as x is, of the same b, n
 * and d: the keys of queries.
 */
export type RotaryInputs = readonly [x: Tensor, cosines: Tensor, sines: Tensor, ...others: Tensor[]];

/** x and the others, turned. */
export type RotaryOutputs = readonly [Tensor, ...Tensor[]];

export interface RotaryAttributes {
  readonly style: RotaryStyle;
  /** How many features turn, from the first: even, from 2 to d. The others are multiplied by their cosines. */
  readonly rotaryDim: number;
}

/**
 * The gradients of a call's inputs, in their order, from those of x and the others: the tables have none.
 * @shape dx, others [b, h, n, d] each
 * @cost none
 */
export const gradientsOfTurned = ([dx, ...others]: RotaryOutputs): readonly (Tensor | null)[] => [dx, null, null, ...others];
