import { add, div, mul, reshape, scatterND, slice, softmax, sub, sum, type Tensor, tidy, where, zerosLike } from '@tensorflow/tfjs-core';
import { asRows } from '../../tensor/rows.ts';
import type { CrossEntropyAttributes, CrossEntropyInputs } from './call.ts';
import { cellsOf, chunks, concatenated, readTargets } from './rows-of-targets.ts';

/** The gradient of the logits: each row's softmax less its target, times the row's share of the cotangent. */
export function crossEntropyGradient(
  [logits, targets]: CrossEntropyInputs,
  dy: Tensor,
  { reduction, ignoreIndex, labelSmoothing, classes }: CrossEntropyAttributes,
): Tensor {
  const rows = asRows(logits);
  const { ignored, weights, safe } = readTargets(targets, ignoreIndex, classes);
  const scaled = mul(weights, reduction === 'none' ? reshape(dy, [-1]) : dy);
  const shares = reduction === 'mean' ? div(scaled, sum(weights)) : scaled;
  const parts = chunks(rows, classes).map(({ start, length }) =>
    tidy(() => {
      const share = slice(shares, [start], [length]);
      const column = reshape(share, [length, 1]);
      const probabilities = mul(softmax(slice(rows, [start, 0], [length, classes])), column);
      const atTarget = mul(share, -(1 - labelSmoothing));
      const cells = scatterND(cellsOf(slice(safe, [start], [length])), atTarget, [length, classes]);
      const difference = add(probabilities, cells);
      const smoothed = labelSmoothing === 0 ? difference : sub(difference, mul(column, labelSmoothing / classes));
      // Chosen and not multiplied: the logits of an ignored row may be infinite.
      return where(reshape(slice(ignored, [start], [length]), [length, 1]), zerosLike(smoothed), smoothed);
    }),
  );
  return reshape(concatenated(parts), logits.shape);
}
