import type { Tensor } from '@tensorflow/tfjs-core';
import type { Key } from '../key/index.ts';
import type { Parameters } from './parameters.ts';

/** What a layer may know of the run besides its parameters and inputs. */
export interface LayerContext {
  /** Whether dropout and the like are on. Off when absent. */
  readonly training?: boolean;
  /** Where a layer that draws random numbers gets them; the same key gives the same numbers. Needed when training with dropout. */
  readonly key?: Key;
}

/**
 * A layer is a record of two pure functions. Parameters are a flat record under dotted names, the same names as in the
 * Hugging Face checkpoint of that family; state (memory, caches, buckets) is an input and an output.
 */
export interface Layer<Inputs = Tensor, Outputs = Tensor> {
  /** New parameters, which belong to the caller. The same key gives the same numbers. */
  init(key: Key): Parameters;
  apply(parameters: Parameters, inputs: Inputs, context?: LayerContext): Outputs;
}
