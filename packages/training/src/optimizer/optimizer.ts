import type { Parameters } from '@longspan/core-tensor';
import type { Tensor } from '@tensorflow/tfjs-core';

/**
 * What an optimiser remembers from step to step: a flat record, saved beside the weights. A name is a part and a parameter,
 * `firstMoment.layers.0.weight`; counts of steps are numbers. It begins as `{}`.
 */
export type OptimizerState = Readonly<Record<string, Tensor | number>>;

/** What one step changed. */
export interface Optimized {
  /** The new parameters, of those that had a gradient. */
  readonly parameters: Parameters;
  /** The new entries of the state, of the same parameters. */
  readonly state: OptimizerState;
}

/** A rule by which parameters follow their gradients, as functions over flat records. */
export interface Optimizer {
  readonly name: string;
  /**
   * One step. Nothing is changed in place, and what is returned is new and the caller's. A parameter without a gradient is left alone:
   * no decay, and its count of steps stays.
   * @param gradients by the names of the parameters, each of the parameter's shape
   * @param state all that earlier steps returned; `{}` at first
   */
  step(parameters: Parameters, gradients: Parameters, state: OptimizerState, learningRate: number): Optimized;
}
