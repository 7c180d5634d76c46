import type { Key, Layer } from '@longspan/core-tensor';
import type { Variable } from '@tensorflow/tfjs-core';
import { variables } from '../training/variables.ts';

/** A layer with its parameters as variables of tfjs. */
export interface Model {
  readonly layer: Layer;
  readonly parameters: Readonly<Record<string, Variable>>;
}

export const newModel = (layer: Layer, key: Key): Model => ({ layer, parameters: variables(layer.init(key)) });
