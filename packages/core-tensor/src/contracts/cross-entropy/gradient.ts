import { add, div, mul, reshape, scatterND, softmax, sub, sum, type Tensor, where, zerosLike } from '@tensorflow/tfjs-core';
import { chunksOf, inChunks, itemsPerChunk, partOf } from '../../tensor/in-chunks.ts';
import { asRows } from '../../tensor/rows.ts';
import type { CrossEntropyAttributes, CrossEntropyInputs } from './call.ts';
import { cellsOf, readTargets } from './rows-of-targets.ts';

/** The gradient of the logits: each row's softmax less its target, times the row's part of the cotangent. */
export function crossEntropyGradient(
  [logits, targets]: CrossEntropyInputs,
  dy: Tensor,
  { reduction, ignoreIndex, labelSmoothing, classes }: CrossEntropyAttributes,
): Tensor {
  const rows = asRows(logits);
  const { ignored, weights, safe } = readTargets(targets, ignoreIndex, classes);
  const scaled = mul(weights, reduction === 'none' ? reshape(dy, [-1]) : dy);
  const rowCotangents = reduction === 'mean' ? div(scaled, sum(weights)) : scaled;
  const [ofRows] = inChunks(chunksOf(safe.size, itemsPerChunk(classes)), 0, (chunk) => {
    const rowCotangent = partOf(rowCotangents, chunk);
    const column = reshape(rowCotangent, [-1, 1]);
    const probabilities = mul(softmax(partOf(rows, chunk)), column);
    const atTarget = mul(rowCotangent, -(1 - labelSmoothing));
    const cells = scatterND(cellsOf(partOf(safe, chunk)), atTarget, [rowCotangent.size, classes]);
    const difference = add(probabilities, cells);
    const smoothed = labelSmoothing === 0 ? difference : sub(difference, mul(column, labelSmoothing / classes));
    // Selected and not multiplied: the logits of an ignored row may be infinite.
    return [where(reshape(partOf(ignored, chunk), [-1, 1]), zerosLike(smoothed), smoothed)];
  });
  return reshape(ofRows, logits.shape);
}
