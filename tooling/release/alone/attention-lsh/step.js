import { reformerAttention } from '@longspan/attention-lsh';
import { createKey, normal } from '@longspan/core-tensor';
import * as tf from '@tensorflow/tfjs';
import { descended } from '../descended.js';

export async function step() {
  await tf.setBackend('cpu');
  const layer = reformerAttention({ width: 8, heads: 2, chunkLength: 8, rounds: 2, causal: true });
  const [x, wanted] = ['x', 'wanted'].map((name) => normal(createKey(name), [1, 32, 8]));
  const parameters = layer.init(createKey('step'));
  const { state } = layer.apply(parameters, x); // the same buckets before and after the step
  return descended((moved) => tf.losses.meanSquaredError(wanted, layer.apply(moved, x, { state }).hidden), parameters);
}
