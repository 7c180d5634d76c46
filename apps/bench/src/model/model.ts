import type { Layer } from '@longspan/core-tensor';
import type { Variable } from '@tensorflow/tfjs-core';

/** A layer with its parameters as variables of tfjs. */
export interface Model {
  readonly layer: Layer;
  readonly parameters: Readonly<Record<string, Variable>>;
}
