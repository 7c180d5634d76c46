import { engine, type Tensor } from '@tensorflow/tfjs-core';
import type { TfjsWebGpu } from '../tfjs/tfjs-webgpu.ts';

/** A tensor of used memory, float32. @shape as given */
export const unwritten = (backend: TfjsWebGpu, shape: readonly number[]): Tensor =>
  engine().makeTensorFromTensorInfo(backend.makeTensorInfo([...shape], 'float32'));
