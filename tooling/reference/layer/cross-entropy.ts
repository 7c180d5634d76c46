import { logSoftmax, mul, neg, reshape, sum, type Tensor } from '@tensorflow/tfjs-core';
import { table } from '../numbers/table.ts';

/**
 * The sum over all rows of −Σ p log softmax(logits), all logits at once. The target's p is 1 − labelSmoothing, and labelSmoothing is
 * shared out among all classes (Szegedy et al. 2015, arXiv:1512.00567, §7). A row whose target is below 0 does not count.
 * @shape logits [.., classes] -> []
 */
export function crossEntropySum(logits: Tensor, targets: ArrayLike<number>, labelSmoothing = 0): Tensor {
  const classes = logits.shape.at(-1) as number;
  const wanted = table(targets.length, classes, (row, each) => {
    const target = targets[row] as number;
    return target < 0 ? 0 : (target === each ? 1 - labelSmoothing : 0) + labelSmoothing / classes;
  });
  return neg(sum(sum(mul(logSoftmax(reshape(logits, [-1, classes])), wanted), 1)));
}
