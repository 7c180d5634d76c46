import { add, type Tensor } from '@tensorflow/tfjs-core';

/**
 * The sum of tensors of one shape, in their order. Two by two: tfjs's addN on webgpu binds all of them at once, and from about ten on its pipeline
 * is invalid, which it says on the console alone.
 */
export const addedUp = (tensors: readonly Tensor[]): Tensor => tensors.reduce((sum, each) => add(sum, each));
