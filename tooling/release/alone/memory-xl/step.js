import { createKey, normal } from '@longspan/core-tensor';
import { memoryAttention } from '@longspan/memory-xl';
import * as tf from '@tensorflow/tfjs';
import { descended } from '../descended.js';

export async function step() {
  await tf.setBackend('cpu');
  const layer = memoryAttention({ width: 8, heads: 2, headDim: 4, memoryLength: 6 });
  const [x, wanted] = ['x', 'wanted'].map((name) => normal(createKey(name), [1, 5, 8]));
  const parameters = layer.init(createKey('step'));
  const { state } = layer.apply(parameters, x);
  return descended((moved) => tf.losses.meanSquaredError(wanted, layer.apply(moved, x, { state }).hidden), parameters);
}
