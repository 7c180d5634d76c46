import * as tf from '@tensorflow/tfjs-core';

export const T = (x: ArrayLike<number>, shape: number[]) => tf.tensor(Float32Array.from(x), shape);
