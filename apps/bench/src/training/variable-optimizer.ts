import { adamW, type Optimizer, type OptimizerState } from '@longspan/training';
import { dispose, keep, type NamedTensorMap, type Tensor, type Variable } from '@tensorflow/tfjs-core';

/** An optimiser of variables of tfjs, which the experiments' models hold. */
export interface VariableOptimizer {
  /** @param gradients by the variables' names; the caller's. A variable without one stays as it is. */
  step(gradients: NamedTensorMap, learningRate: number): void;
  dispose(): void;
}

/** Adam, with the second moment that suits short runs. */
export const adam = (betas: { readonly beta2?: number; readonly epsilon?: number } = {}): Optimizer =>
  adamW({ beta2: 0.99, ...betas, weightDecay: 0 });

/** An optimiser of @longspan/training, which changes nothing in place, on variables. */
export function variableOptimizer(variables: readonly Variable[], optimizer: Optimizer = adam()): VariableOptimizer {
  const byName = Object.fromEntries(variables.map((each) => [each.name, each]));
  let state: OptimizerState = {};
  return {
    step(gradients, learningRate) {
      const moved = optimizer.step(byName, gradients, state, learningRate);
      for (const [name, tensor] of Object.entries(moved.parameters)) byName[name]?.assign(tensor);
      for (const tensor of tensorsOf(moved.state)) keep(tensor);
      dispose([{ ...moved.parameters }, tensorsOf(Object.fromEntries(Object.keys(moved.state).map((name) => [name, state[name] ?? 0])))]);
      state = { ...state, ...moved.state };
    },
    dispose: () => dispose(tensorsOf(state)),
  };
}

const tensorsOf = (state: OptimizerState): Tensor[] => Object.values(state).filter((each): each is Tensor => typeof each !== 'number');
