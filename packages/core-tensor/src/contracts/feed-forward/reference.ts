import { reshape, type Tensor, transpose } from '@tensorflow/tfjs-core';
import { activations } from '../../layer/activation.ts';
import { chunksOf, inChunks, partOf } from '../../tensor/in-chunks.ts';
import { asRows } from '../../tensor/rows.ts';
import { mapRows } from '../linear/reference.ts';
import type { FeedForwardAttributes, FeedForwardInputs } from './call.ts';

export function feedForwardReference(
  [x, innerWeight, innerBias, outerWeight, outerBias]: FeedForwardInputs,
  { activation, chunkLength }: FeedForwardAttributes,
): Tensor {
  const [toInner, toOuter] = [transpose(innerWeight), transpose(outerWeight)];
  const { value } = activations[activation];
  const rows = asRows(x);
  const [y] = inChunks(chunksOf(rows.shape[0] as number, chunkLength), 0, (chunk) => [
    mapRows(value(mapRows(partOf(rows, chunk), toInner, innerBias)), toOuter, outerBias),
  ]);
  return reshape(y, x.shape);
}
