import { reshape, type Tensor, transpose } from '@tensorflow/tfjs-core';
import { activations } from '../../layer/activation.ts';
import { chunksOf, partOf, sumInChunks } from '../../tensor/in-chunks.ts';
import { asRows, sumOfRows } from '../../tensor/rows.ts';
import { mapRows, rowsGradient, weightGradient } from '../linear/reference.ts';
import type { FeedForwardAttributes } from './call.ts';

/** The gradients of x and the four parameters; the inner activation is recomputed, chunk by chunk. */
export function feedForwardGradient(
  [x, innerWeight, innerBias, outerWeight]: readonly [x: Tensor, innerWeight: Tensor, innerBias: Tensor, outerWeight: Tensor],
  dy: Tensor,
  { activation, chunkLength }: FeedForwardAttributes,
): readonly Tensor[] {
  const toInner = transpose(innerWeight);
  const [inputs, cotangents] = [asRows(x), asRows(dy)];
  const [dx, ...sums] = sumInChunks(chunksOf(inputs.shape[0] as number, chunkLength), 0, (chunk) => {
    const [input, cotangent] = [partOf(inputs, chunk), partOf(cotangents, chunk)];
    const { value, back } = activations[activation].withGradient(mapRows(input, toInner, innerBias));
    const dInner = back(rowsGradient(cotangent, outerWeight));
    return [
      rowsGradient(dInner, innerWeight),
      weightGradient(dInner, input),
      sumOfRows(dInner),
      weightGradient(cotangent, value),
      sumOfRows(cotangent),
    ];
  });
  return [reshape(dx, x.shape), ...sums];
}
