// The gradients of attention over all keys, against those of the same in four stock operations.
import { everything, sparseAttention } from '@longspan/attention-sparse';
import * as tf from '@tensorflow/tfjs';

tf.enableProdMode();
await tf.setBackend('cpu');
const [q, k, v, cotangent] = [1, 2, 3, 4].map((seed) => tf.randomNormal([1, 2, 5, 4], 0, 1, 'float32', seed));
const stock = (q, k, v) => tf.matMul(tf.softmax(tf.mul(tf.matMul(q, k, false, true), 1 / 2)), v);
const ours = (q, k, v) => sparseAttention(q, k, v, { mask: everything() }).out;
const gradients = (attention) => tf.grads((...inputs) => tf.sum(tf.mul(attention(...inputs), cotangent)))([q, k, v]);
const expected = gradients(stock);
const errors = gradients(ours).map((gradient, at) => tf.max(tf.abs(tf.sub(gradient, expected[at]))).dataSync()[0]);
const sizes = expected.map((gradient) => tf.max(tf.abs(gradient)).dataSync()[0]);
console.log(JSON.stringify({ errors, sizes }));
