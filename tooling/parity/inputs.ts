import type { Parameters } from '@longspan/core-tensor';
import type { Tensor } from '@tensorflow/tfjs-core';

/** The tensors of a fixture under their full names. Nobody but the replay disposes them. */
export class Inputs {
  readonly #tensors: ReadonlyMap<string, Tensor>;

  constructor(tensors: ReadonlyMap<string, Tensor>) {
    this.#tensors = tensors;
  }

  /** A tensor that the family cannot do without. */
  get(name: string): Tensor {
    const found = this.#tensors.get(name);
    if (found === undefined) throw new Error(`the fixture must have the tensor ${name}`);
    return found;
  }

  find(name: string): Tensor | undefined {
    return this.#tensors.get(name);
  }

  /** The reference's parameters, under the reference's own names. */
  parameters(): Parameters {
    const named = [...this.#tensors].filter(([name]) => name.startsWith('param.'));
    return Object.fromEntries(named.map(([name, tensor]) => [name.slice('param.'.length), tensor]));
  }
}
