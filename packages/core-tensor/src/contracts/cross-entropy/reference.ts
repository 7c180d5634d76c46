import { add, div, gatherND, log, max, mul, neg, reshape, softmax, sub, sum, type Tensor, where, zerosLike } from '@tensorflow/tfjs-core';
import { chunksOf, inChunks, itemsPerChunk, partOf } from '../../tensor/in-chunks.ts';
import { asRows } from '../../tensor/rows.ts';
import type { CrossEntropyAttributes, CrossEntropyInputs } from './call.ts';
import { cellsOf, readTargets } from './rows-of-targets.ts';

/** The loss, or all of them where the reduction is 'none'. */
export function crossEntropyReference(
  [logits, targets]: CrossEntropyInputs,
  { reduction, ignoreIndex, labelSmoothing, classes }: CrossEntropyAttributes,
): Tensor {
  const rows = asRows(logits);
  const { ignored, weights, safe } = readTargets(targets, ignoreIndex, classes);
  const [losses] = inChunks(chunksOf(safe.size, itemsPerChunk(classes)), 0, (chunk) => [
    lossOfRows(partOf(rows, chunk), partOf(safe, chunk), labelSmoothing),
  ]);
  // Selected and not multiplied: an ignored row's loss may be infinite.
  const counted = where(ignored, zerosLike(losses), mul(losses, weights));
  if (reduction === 'none') return reshape(counted, targets.shape);
  const total = sum(counted);
  return reduction === 'sum' ? total : div(total, sum(weights));
}

/** −log softmax of the target, for each row; the maximum is taken off first, so that large logits lose no digits. */
function lossOfRows(logits: Tensor, targets: Tensor, labelSmoothing: number): Tensor {
  const highest = max(logits, -1);
  // The largest probability is 1 / Σ exp(logit − highest), at least 1 / classes: softmax is SIMD code on wasm, exp is not.
  const logOfSum = neg(log(max(softmax(logits), -1)));
  const hit = add(sub(highest, gatherND(logits, cellsOf(targets))), logOfSum);
  if (labelSmoothing === 0) return hit;
  // The mean of what they lie below the highest. Scaled first by a power of two, which rounds nothing: the sum may be beyond float32.
  const classes = logits.shape[1] as number;
  const scale = 2 ** -Math.ceil(Math.log2(classes));
  const below = sum(sub(mul(reshape(highest, [-1, 1]), scale), mul(logits, scale)), -1);
  return add(mul(hit, 1 - labelSmoothing), mul(add(mul(below, 1 / scale / classes), logOfSum), labelSmoothing));
}
