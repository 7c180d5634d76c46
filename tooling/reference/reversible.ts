import { add, type Tensor } from '@tensorflow/tfjs-core';

// The reversible residual network (Gomez et al. 2017, "Backpropagation Without Storing Activations", arXiv:1707.04585), §3.1.

export interface ReversibleBranches {
  readonly f: (x: Tensor) => Tensor;
  readonly g: (x: Tensor) => Tensor;
}

/** y1 = x1 + F(x2), y2 = x2 + G(y1), block by block, with all of it kept. */
export function reversibleSequence(x1: Tensor, x2: Tensor, blocks: readonly ReversibleBranches[]): readonly [Tensor, Tensor] {
  let [first, second] = [x1, x2];
  for (const { f, g } of blocks) {
    first = add(first, f(second));
    second = add(second, g(first));
  }
  return [first, second];
}
