import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs';

export const state = () => tf.engine().state;

export const depth = () =>
  `${state().scopeStack.length} scopes, gradient depth ${state().gradientDepth}, kernel depth ${state().kernelDepth}`; // plain tfjs leaves an empty tape after a throw
