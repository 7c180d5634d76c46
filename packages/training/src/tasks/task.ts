import type { Key } from '@longspan/core-tensor/key';

/** A sequence and what a model should answer within it. Lists of the host. */
export interface TaskExample {
  /** int32 [n] */
  readonly tokens: Int32Array;
  /** int32 [n]: the token that each position should name; −100 where none counts. No position needs what stands after it. */
  readonly targets: Int32Array;
}

/** A task whose examples are made up, and whose answers can be proved: a model that has learnt it is right, all others are wrong. */
export interface Task {
  readonly name: string;
  /** Tokens are integers of 0 … vocabulary − 1. */
  readonly vocabulary: number;
  /** Tokens of an example. */
  readonly length: number;
  /** The accuracy that is reached without reading the tokens, by the likeliest answer at each position. */
  readonly chance: number;
  /** Draws an example: the same key gives the same. */
  example(key: Key): TaskExample;
  /**
   * The targets, found in the tokens alone by plain code: the proof that they can be.
   * @throws ConfigError for tokens that are no example of the task
   */
  solve(tokens: ArrayLike<number>): Int32Array;
}

/** Marks positions where no answer counts, as cross entropy does. */
export const unanswered = -100;
