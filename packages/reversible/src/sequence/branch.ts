import type { Key, Layer, LayerContext, Parameters } from '@longspan/core-tensor';
import type { Tensor } from '@tensorflow/tfjs-core';

/**
 * A layer that decides something by comparing numbers, as hashing does: when its input is rebuilt with other last digits, it must not
 * decide again. It gives its decisions with the outputs and is handed them when it runs a second time.
 */
export interface DecidingLayer {
  init(key: Key): Parameters;
  /**
   * @param decided the decisions of the first run, or nothing in that run itself
   * @returns the outputs, and int32 tensors that the second run needs; without gradients
   */
  run(
    parameters: Parameters,
    inputs: Tensor,
    context?: LayerContext,
    decided?: readonly Tensor[],
  ): { readonly outputs: Tensor; readonly decisions: readonly Tensor[] };
}

/** One side of a reversible block: any layer that keeps the shape. */
export type Branch = Layer | DecidingLayer;

/** A branch's outputs, and its decisions if it makes any. */
export function runBranch(
  branch: Branch,
  parameters: Parameters,
  inputs: Tensor,
  context: LayerContext | undefined,
  decided?: readonly Tensor[],
): { readonly outputs: Tensor; readonly decisions: readonly Tensor[] } {
  if ('run' in branch) return branch.run(parameters, inputs, context, decided);
  return { outputs: branch.apply(parameters, inputs, context), decisions: [] };
}
