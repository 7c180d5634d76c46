import { chain, createKey, crossEntropy, embedding, layerNorm, linear } from '@longspan/core-tensor';
import * as tf from '@tensorflow/tfjs';
import { descended } from '../descended.js';

export async function step() {
  await tf.setBackend('cpu');
  const model = chain({
    letters: embedding({ vocabulary: 9, width: 8 }),
    norm: layerNorm({ width: 8 }),
    output: linear({ inFeatures: 8, outFeatures: 9 }),
  });
  const [tokens, next] = [tf.tensor1d([1, 4, 2, 7], 'int32'), tf.tensor1d([4, 2, 7, 1], 'int32')];
  return descended((parameters) => crossEntropy(model.apply(parameters, tokens), next), model.init(createKey('step')));
}
