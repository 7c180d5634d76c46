import { div, reshape, sum, type Tensor, tidy } from '@tensorflow/tfjs-core';
import type { CrossEntropyRules } from '../contracts/cross-entropy/call.ts';
import { crossEntropyContract } from '../contracts/cross-entropy/contract.ts';
import { ConfigError, requireInteger, requireKnown, ShapeError, show } from '../error/index.ts';
import type { Complete } from '../op/complete.ts';
import { dims } from '../tensor/dims.ts';
import { checkDtype } from '../tensor/features.ts';
import { weightedLosses, weightedTargets } from './class-weights.ts';

export interface CrossEntropyOptions extends CrossEntropyRules {
  /**
   * [classes]: −ln p of each class is multiplied by that class's weight, and the mean divides by the sum of the targets' weights, as in
   * torch. With labelSmoothing ε a row has the loss (1 − ε) · weight target · −ln p target + ε / classes · Σ weight c · −ln p c over the
   * classes c. A constant: it has no gradient. All 1 by default.
   */
  readonly classWeights?: Tensor | undefined;
}

/**
 * The negative logarithm, in nats, of the probability that softmax gives to the target class. No one-hot is made, and
 * temporaries take at most 16 MB each; the gradient has the size of the logits. A target that is neither a class nor ignoreIndex
 * makes the loss NaN: checking first would mean to read the targets back.
 * @shape logits [..., classes]; targets int32 [...]; classWeights [classes]
 * @returns a scalar, or [...] where the reduction is 'none' (0 for ignored rows). The mean over no rows at all is NaN, as in PyTorch
 * @throws ShapeError when targets have other axes than the logits before their last, or are not int32; ConfigError for an option
 * @cost O(rows · classes) time
 * @source torch.nn.functional.cross_entropy; label smoothing as in Szegedy et al. 2016 (arXiv 1512.00567) §7
 * @example
 * const logits = tensor2d([[0, 0, 0, 0], [0, Math.log(3), -Infinity, -Infinity]]);
 * await crossEntropy(logits, tensor1d([2, 1], 'int32'), { reduction: 'none' }).data(); // => [1.3862944, 0.2876821]
 */
export function crossEntropy(logits: Tensor, targets: Tensor, options: CrossEntropyOptions = {}): Tensor {
  const caller = 'crossEntropy';
  requireKnown(caller, options, { reduction: true, ignoreIndex: true, labelSmoothing: true, classWeights: true });
  const { reduction = 'mean', ignoreIndex = -100, labelSmoothing = 0, classWeights } = options;
  checkDtype(caller, 'logits', logits, 'float32');
  checkDtype(caller, 'targets', targets, 'int32');
  const classes = logits.shape.at(-1);
  if (classes === undefined || logits.size === 0 || logits.shape.slice(0, -1).join() !== targets.shape.join()) {
    throw new ShapeError({
      caller,
      problem: 'targets must have one id for each row.',
      expected:
        classes === undefined
          ? 'logits [..., classes] and targets [...]'
          : `[${logits.shape.slice(0, -1).join(', ')}]  (set by logits, without their last axis), at least one row`,
      got: `[${targets.shape.join(', ')}]`,
      remedy: 'give one class index for each row of logits.',
    });
  }
  requireCrossEntropyOptions(caller, { reduction, ignoreIndex, labelSmoothing });
  if (classWeights === undefined)
    return crossEntropyContract.run([logits, targets], { reduction, ignoreIndex, labelSmoothing, classes })[0];
  requireClassWeights(caller, classWeights, classes);
  return tidy(() => {
    const of = weightedTargets(classWeights, targets, ignoreIndex);
    const plain = { reduction: 'none', ignoreIndex, labelSmoothing: 0, classes } as const;
    const [losses] = crossEntropyContract.run([logits, targets], plain);
    const weighted = weightedLosses({ logits, losses, classWeights }, of, labelSmoothing);
    if (reduction === 'none') return reshape(weighted, targets.shape);
    const total = sum(weighted);
    return reduction === 'sum' ? total : div(total, sum(of.weights));
  });
}

/** Throws unless there is one weight for each class. */
export function requireClassWeights(caller: string, classWeights: Tensor, classes: number): void {
  dims(caller, { classWeights: [classWeights, `${classes}:float32`] });
}

/** Throws unless the options are possible. */
export function requireCrossEntropyOptions(
  caller: string,
  { reduction, ignoreIndex, labelSmoothing }: Complete<Pick<CrossEntropyRules, 'reduction' | 'ignoreIndex' | 'labelSmoothing'>>,
): void {
  requireInteger(caller, { ignoreIndex }, -(2 ** 31), { atMost: 2 ** 31 - 1, remedy: 'give a target that is no class, as −100.' });
  if (!['mean', 'sum', 'none'].includes(reduction)) {
    throw new ConfigError({
      caller,
      problem: "reduction must be 'mean', 'sum' or 'none'.",
      expected: "'mean', 'sum' or 'none'",
      got: show(reduction),
      remedy: "leave it out for 'mean'.",
    });
  }
  if (!(Number.isFinite(labelSmoothing) && labelSmoothing >= 0 && labelSmoothing <= 1)) {
    throw new ConfigError({
      caller,
      problem: 'labelSmoothing must be in [0, 1).',
      expected: 'a number of 0 … 1',
      got: show(labelSmoothing),
      remedy: 'use 0.1, or leave it out for 0.',
    });
  }
}
