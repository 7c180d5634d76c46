import { longformerAttention } from '@longspan/attention-sparse';
import { createKey, normal } from '@longspan/core-tensor';
import * as tf from '@tensorflow/tfjs';
import { descended } from '../descended.js';

export async function step() {
  await tf.setBackend('cpu');
  const layer = longformerAttention({ width: 8, heads: 2, window: { left: 4, right: 4 } });
  const [x, wanted] = ['x', 'wanted'].map((name) => normal(createKey(name), [1, 24, 8]));
  const lossOf = (parameters) => tf.losses.meanSquaredError(wanted, layer.apply(parameters, x, { globals: [0] }));
  return descended(lossOf, layer.init(createKey('step')));
}
