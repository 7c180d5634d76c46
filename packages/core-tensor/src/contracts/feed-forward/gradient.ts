import { add, concat, mul, reshape, type Tensor, tidy, transpose } from '@tensorflow/tfjs-core';
import { activations } from '../../layer/activation.ts';
import { asRows, sumOfRows } from '../../tensor/rows.ts';
import { mapRows, rowsGradient, weightGradient } from '../linear/reference.ts';
import type { FeedForwardAttributes } from './call.ts';
import { chunksOf } from './reference.ts';

/** The gradients of x and the four parameters; the inner activation is computed again, chunk by chunk. */
export function feedForwardGradient(
  [x, innerWeight, innerBias, outerWeight]: readonly [x: Tensor, innerWeight: Tensor, innerBias: Tensor, outerWeight: Tensor],
  dy: Tensor,
  { activation, chunkLength }: FeedForwardAttributes,
): readonly Tensor[] {
  const toInner = transpose(innerWeight);
  const cotangents = chunksOf(asRows(dy), chunkLength);
  const dx: Tensor[] = [];
  let sums: readonly Tensor[] = [];
  chunksOf(asRows(x), chunkLength).forEach((rows, nth) => {
    const [dRows, ...parts] = tidy(() => {
      const [input, cotangent] = [rows(), (cotangents[nth] as () => Tensor)()];
      const { value, derivative } = activations[activation].withDerivative(mapRows(input, toInner, innerBias));
      const dInner = mul(rowsGradient(cotangent, outerWeight), derivative);
      const gradients = [weightGradient(dInner, input), sumOfRows(dInner), weightGradient(cotangent, value), sumOfRows(cotangent)];
      return [rowsGradient(dInner, innerWeight), ...gradients.map((each, at) => (nth === 0 ? each : add(sums[at] as Tensor, each)))];
    });
    dx.push(dRows as Tensor);
    for (const sum of sums) sum.dispose();
    sums = parts;
  });
  return [reshape(concat(dx), x.shape), ...sums];
}
