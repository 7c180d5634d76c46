import { concat, reshape, slice, type Tensor, tidy, transpose } from '@tensorflow/tfjs-core';
import { activations } from '../../layer/activation.ts';
import { asRows } from '../../tensor/rows.ts';
import { mapRows } from '../linear/reference.ts';
import type { FeedForwardAttributes, FeedForwardInputs } from './call.ts';

export function feedForwardReference(
  [x, innerWeight, innerBias, outerWeight, outerBias]: FeedForwardInputs,
  { activation, chunkLength }: FeedForwardAttributes,
): Tensor {
  const [toInner, toOuter] = [transpose(innerWeight), transpose(outerWeight)];
  const { value } = activations[activation];
  const chunks = chunksOf(asRows(x), chunkLength).map((rows) =>
    tidy(() => mapRows(value(mapRows(rows(), toInner, innerBias)), toOuter, outerBias)),
  );
  return reshape(concat(chunks), x.shape);
}

/** Ways to take each chunk of rows; taken late, so that only one is there at a time. */
export function chunksOf(rows: Tensor, chunkLength: number): (() => Tensor)[] {
  const [count, width] = rows.shape as [number, number];
  return Array.from({ length: Math.max(1, Math.ceil(count / chunkLength)) }, (_, nth) => () => {
    const start = nth * chunkLength;
    return slice(rows, [start, 0], [Math.min(chunkLength, count - start), width]);
  });
}
