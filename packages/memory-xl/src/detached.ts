import { backend, engine, type Tensor } from '@tensorflow/tfjs-core';

/** The same numbers as a tensor that no gradient passes: tfjs has no stop-gradient. Shares the data, copies nothing. */
export function detached(x: Tensor): Tensor {
  backend().incRef(x.dataId);
  return engine().makeTensorFromTensorInfo({ dataId: x.dataId, shape: x.shape, dtype: x.dtype });
}
