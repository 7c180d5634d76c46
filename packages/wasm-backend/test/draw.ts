import { createKey, normal } from '@longspan/core-tensor';
import type { Tensor } from '@tensorflow/tfjs-core';

/** Normal numbers that depend on the name. */
export const draw = (name: string, shape: readonly number[]): Tensor => normal(createKey(name), shape);
