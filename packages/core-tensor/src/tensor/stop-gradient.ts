import { backend, engine, type Tensor } from '@tensorflow/tfjs-core';
import { checkKind } from './dims.ts';

/**
 * The same numbers as a tensor through which no gradient passes; tfjs has no stop-gradient of its own. Shares the data and copies
 * nothing; each of the two is disposed by its owner, in any order.
 * @shape x [...]
 * @returns [...], of the same type
 * @cost none
 * @source torch.Tensor.detach
 * @example
 * const slope = grad((x: Tensor) => mul(stopGradient(x), x)); // as if the first factor were a constant
 * await slope(tensor1d([2, 5])).data(); // => [2, 5]
 */
export function stopGradient(x: Tensor): Tensor {
  checkKind('stopGradient', 'x', x);
  backend().incRef(x.dataId);
  return engine().makeTensorFromTensorInfo({ dataId: x.dataId, shape: x.shape, dtype: x.dtype });
}
