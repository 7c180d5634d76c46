import { stopGradient } from '@longspan/core-tensor';
import { defineOp, type Op } from '@longspan/core-tensor/kernel';
import { dispose, type Tensor } from '@tensorflow/tfjs-core';

interface Attributes {
  readonly make: (inputs: readonly Tensor[]) => readonly Tensor[];
}

const choice: Op<readonly Tensor[], readonly Tensor[], Attributes> = defineOp({
  name: 'LongspanChoice',
  forward: (inputs: readonly Tensor[], { make }: Attributes): readonly Tensor[] => make(inputs),
  save: { inputs: [] },
});

/**
 * Makes tensors off the gradient tape: no gradient flows through them, and none of the temporaries is kept for a backward pass. On the
 * tape tfjs keeps the inputs of every operation until the gradients are there, be they needed or not: all tiles of a table of all pairs.
 * @shape any; what `make` returns belongs to the caller
 * @cost that of `make`
 */
export function withoutGradient<Made extends readonly [Tensor, ...Tensor[]]>(
  inputs: readonly Tensor[],
  make: (...inputs: Tensor[]) => Made,
): Made {
  const still = inputs.map(stopGradient);
  const made = choice(still, { make: (tensors) => make(...tensors) }) as readonly Tensor[] as Made;
  dispose(still);
  return made;
}
