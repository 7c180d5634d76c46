import type { Contract, ContractKernel } from '@longspan/core-tensor/kernel';
import { add, engine, getBackend, mul, reshape, type Scalar, sum, type Tensor, tidy } from '@tensorflow/tfjs-core';

/** Outputs and gradients by name; the caller disposes them. */
export type Results = Readonly<Record<string, Tensor>>;

/** What a contract's inputs and outputs are called, in order. Where a call has more of them, as of a list, they begin again. */
export interface Names {
  readonly inputs: readonly string[];
  /** Inputs that have no gradient although they are float32. */
  readonly constants?: readonly string[] | undefined;
  readonly outputs: readonly string[];
  /** Whether it has gradients. */
  readonly isDifferentiable: boolean;
}

/** The kernel of that name on the current backend. */
export function pinned<Inputs extends readonly Tensor[], Outputs extends readonly Tensor[], Attributes>(
  contract: Contract<Inputs, Outputs, Attributes>,
  name: string,
): ContractKernel<Inputs, Outputs, Attributes> {
  const found = contract.kernels(getBackend()).find((kernel) => kernel.name === name);
  if (found === undefined) throw new Error(`${contract.name} must have the kernel ${name} on ${getBackend()}, or nothing is compared`);
  return found;
}

/** The name at that place: 'y', and 'y of 1' for the second round. */
export function nameAt(names: readonly string[], at: number): string {
  const name = names[at % names.length] as string;
  return at < names.length ? name : `${name} of ${Math.floor(at / names.length)}`;
}

export const outputsOf = (names: Names, run: () => readonly Tensor[]): Results =>
  Object.fromEntries(run().map((output, at) => [nameAt(names.outputs, at), output]));

/** The gradients of all float inputs but constants, under those cotangents of the outputs. */
export function gradientsOf<Inputs extends readonly Tensor[]>(
  names: Names,
  inputs: Inputs,
  run: (inputs: Inputs) => readonly Tensor[],
  cotangents: (outputs: readonly Tensor[]) => readonly Tensor[],
): Results {
  const differentiable = inputs
    .map((input, at) => [nameAt(names.inputs, at), input] as const)
    .filter(([name, { dtype }]) => dtype === 'float32' && !names.constants?.includes(name));
  return tidy(() => {
    const weighted = (): Scalar => {
      const outputs = run(inputs);
      const dys = cotangents(outputs);
      return outputs.map((output, at) => sum(mul(output, dys[at] as Tensor))).reduce((one, other) => add(one, other)) as Scalar;
    };
    const tensors = differentiable.map(([, input]) => input);
    const { grads } = engine().gradients(() => reshape(weighted(), []), tensors);
    return Object.fromEntries(differentiable.map(([name], at) => [`gradient of ${name}`, grads[at] as Tensor]));
  });
}
