import { mul, type Tensor } from '@tensorflow/tfjs-core';
import type { TfjsWebGpu } from '../tfjs/tfjs-webgpu.ts';

/**
 * The tensor itself, or a copy where its buffer holds integers: tfjs's cast from int32 or bool to float32 keeps the buffer and changes
 * what the tensor says of itself.
 * @shape x, any, float32; returns the same shape
 * @cost none, or one operation of tfjs, whose programs look at the buffer
 */
export const withFloats = (backend: TfjsWebGpu, x: Tensor): Tensor => (backend.tensorMap.get(x.dataId).dtype === 'float32' ? x : mul(x, 1));
