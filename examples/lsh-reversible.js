// LSH attention in a reversible stack: the backward pass rebuilds activations and uses the buckets of the forward pass again.
import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import { reformerAttention } from '@longspan/attention-lsh';
import { chain, createKey, feedForward, layerNorm, linear, normal, scoped } from '@longspan/core-tensor';
import { averageStreams, duplicateStreams, reversibleSequence } from '@longspan/reversible';
import { register } from '@longspan/wasm-backend';

await register();

const width = 16;
const block = {
  attention: chain({
    norm: layerNorm({ width }),
    lsh: reformerAttention({ width, heads: 2, chunkLength: 32, rounds: 2, causal: true }),
    output: linear({ inFeatures: width, outFeatures: width, bias: false }),
  }),
  feedForward: chain({ norm: layerNorm({ width }), map: feedForward({ width }) }),
};
const layers = reversibleSequence([block, block, block, block]);
const stack = chain({ start: duplicateStreams(), layers, mean: averageStreams() });
const parameters = stack.init(createKey('weights'));
const x = normal(createKey('x'), [1, 256, width]);

const { hidden, state } = stack.apply(parameters, x);
console.log(`choices: ${Object.keys(state).join(', ')}`);
const again = stack.apply(parameters, x, { state }).hidden; // attends in the same buckets, instead of hashing
console.log(`largest difference with the same buckets: ${(await tf.max(tf.abs(tf.sub(again, hidden))).data())[0]}`);
const gradient = tf.grad((x) => tf.sum(tf.square(stack.apply(parameters, x).hidden)))(x); // keeps one block's activations
console.log(`gradient of x: ${gradient.shape.join(' x ')}`);
const errors = await layers.reconstructionError(scoped('layers', parameters), duplicateStreams().apply({}, x));
console.log(`inputs are rebuilt to 1e-5: ${errors.every(({ x1, x2 }) => Math.max(x1, x2) < 1e-5)}`);
