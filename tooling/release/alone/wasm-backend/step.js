import { chain, createKey, crossEntropy, embedding, layerNorm, linear } from '@longspan/core-tensor';
import { register } from '@longspan/wasm-backend';
import * as tf from '@tensorflow/tfjs';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import { descended } from '../descended.js';

export async function step() {
  if (globalThis.document !== undefined) setWasmPaths('/tfjs/');
  await register({ threads: 1 });
  const model = chain({
    letters: embedding({ vocabulary: 9, width: 8 }), // its gradient is no kernel of stock tfjs-backend-wasm
    norm: layerNorm({ width: 8 }),
    output: linear({ inFeatures: 8, outFeatures: 9 }),
  });
  const [tokens, next] = [tf.tensor1d([1, 4, 2, 7], 'int32'), tf.tensor1d([4, 2, 7, 1], 'int32')];
  const losses = await descended((parameters) => crossEntropy(model.apply(parameters, tokens), next), model.init(createKey('step')));
  return { ...losses, backend: tf.getBackend() };
}
