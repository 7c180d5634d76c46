import { createKey, feedForward, normal } from '@longspan/core-tensor';
import { reversibleSequence } from '@longspan/reversible';
import * as tf from '@tensorflow/tfjs';
import { descended } from '../descended.js';

export async function step() {
  await tf.setBackend('cpu');
  const branch = () => feedForward({ width: 4, innerWidth: 8 });
  const sequence = reversibleSequence([1, 2, 3].map(() => ({ f: branch(), g: branch() })));
  const [x, wanted] = ['x', 'wanted'].map((name) => normal(createKey(name), [1, 6, 8]));
  return descended((parameters) => tf.losses.meanSquaredError(wanted, sequence.apply(parameters, x)), sequence.init(createKey('step')));
}
