import type { Parameters } from '@longspan/core-tensor';
import { recompute } from '@longspan/reversible';
import type { Tensor } from '@tensorflow/tfjs-core';

/** What layers have in common that can run a second time in the backward pass. */
export interface RecomputeConfig {
  /**
   * Keep only what a layer was given and run it again in the backward pass: about a third more time for a fraction of the memory, the
   * same gradients (Hugging Face: gradient_checkpointing). When absent, from 2^22 numbers in `hidden` on: 65,536 tokens of width 64.
   */
  readonly recompute?: boolean;
}

const many = 2 ** 22;

/** Whether layers over these vectors are run again. */
export const recomputes = (asked: boolean | undefined, hidden: Tensor): boolean => asked ?? hidden.size >= many;

/** Tokens whose inner vectors of a feed-forward part are there at one time, where layers are run again. */
export const chunkLength = 8192;

/**
 * Runs a part of a layer; with `again`, nothing that it makes on the way is kept, and the backward pass runs it once more.
 * @param run reads the parameters and inputs that it is given and no other tensors: only these have gradients
 */
export function runPart<const Inputs extends readonly Tensor[]>(
  again: boolean,
  parameters: Parameters,
  inputs: Inputs,
  run: (parameters: Parameters, inputs: Inputs) => Tensor,
): Tensor {
  if (!again) return run(parameters, inputs);
  const names = Object.keys(parameters);
  const whole = recompute((...tensors: Tensor[]) =>
    run(
      Object.fromEntries(names.map((name, at) => [name, tensors[at] as Tensor])),
      tensors.slice(names.length) as readonly Tensor[] as Inputs,
    ),
  );
  return whole(...Object.values(parameters), ...inputs);
}
