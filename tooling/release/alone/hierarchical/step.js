import { createKey, normal } from '@longspan/core-tensor';
import { levelsOf, levelTransformer } from '@longspan/hierarchical';
import * as tf from '@tensorflow/tfjs';
import { descended } from '../descended.js';

export async function step() {
  await tf.setBackend('cpu');
  const offsets = [
    [0, 3, 5],
    [0, 2],
  ];
  const levels = levelsOf({ names: ['word', 'sentence', 'text'], offsets });
  const layer = levelTransformer({ width: 4, heads: 2, levels: 3, layers: 1 });
  const [x, wanted] = ['x', 'wanted'].map((name) => normal(createKey(name), [1, 5, 4]));
  const lossOf = (parameters) => tf.losses.meanSquaredError(wanted, layer.apply(parameters, x, { levels }).states[0]);
  return descended(lossOf, layer.init(createKey('step')));
}
