import type { Layer, Parameters } from '@longspan/core-tensor';

/** A layer with its parameters. */
export interface Model {
  readonly layer: Layer;
  readonly parameters: Parameters;
}
