import type { Parameters } from '@longspan/core-tensor';
import type { Optimizer, OptimizerState } from '@longspan/training';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { Inputs } from '../inputs.ts';

export interface OptimizerRun {
  readonly parameters: Parameters;
  readonly state: OptimizerState;
  /** The parts of the state by the reference's names. */
  readonly parts: Readonly<Record<string, string>>;
  readonly optimizer: Optimizer;
}

/** What a step takes besides the gradients, and what else the fixture wants to know of a parameter in it. */
export interface StepOfRun {
  readonly learningRate: number;
  readonly outputs?: (name: string) => Readonly<Record<string, Tensor>>;
}

/** Some steps of an optimiser along the gradients of a fixture: the parameters and the state after each, under the reference's names. */
export function optimizerRun(
  inputs: Inputs,
  steps: number,
  run: OptimizerRun,
  stepOf: (at: number, parameters: Parameters) => StepOfRun,
): Readonly<Record<string, Tensor>> {
  const found: Record<string, Tensor> = {};
  let { parameters, state } = run;
  const names = Object.keys(parameters);
  for (let at = 0; at < steps; at++) {
    const gradients = Object.fromEntries(
      names.flatMap((name) => {
        const gradient = inputs.find(`in.grad.${name}.${at + 1}`);
        return gradient === undefined ? [] : [[name, gradient] as const];
      }),
    );
    const { learningRate, outputs } = stepOf(at, parameters);
    for (const name of names) {
      for (const [what, tensor] of Object.entries(outputs?.(name) ?? {})) found[`${what}.${name}.${at + 1}`] = tensor;
    }
    const moved = run.optimizer.step(parameters, gradients, state, learningRate);
    parameters = { ...parameters, ...moved.parameters };
    state = { ...state, ...moved.state };
    for (const name of names) {
      found[`param.${name}.${at + 1}`] = parameters[name] as Tensor;
      for (const [theirs, ours] of Object.entries(run.parts)) {
        const tensor = state[`${ours}.${name}`];
        if (tensor !== undefined) found[`${theirs}.${name}.${at + 1}`] = tensor as Tensor;
      }
    }
  }
  return found;
}
