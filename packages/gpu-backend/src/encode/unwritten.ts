import { engine, type Tensor, util } from '@tensorflow/tfjs-core';
import type { TfjsWebGpu } from '../tfjs/tfjs-webgpu.ts';

/** A tensor of used memory, float32. One of no numbers has its values, for no buffer is empty. @shape as given */
export function unwritten(backend: TfjsWebGpu, shape: readonly number[]): Tensor {
  const values = util.sizeFromShape([...shape]) === 0 ? new Float32Array(0) : undefined;
  return engine().makeTensorFromTensorInfo(backend.makeTensorInfo([...shape], 'float32', values));
}
