// A classifier of documents of different lengths: padding, dropout, training, and weights saved and loaded.
import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import { globalTokens, multiHeadAttention, slidingWindow } from '@longspan/attention-sparse';
import {
  chain,
  createKey,
  crossEntropy,
  defineLayer,
  embedding,
  layerNorm,
  linear,
  loadParameters,
  paddingOfLengths,
  randomUniform,
  saveParameters,
  trainable,
  transformerLayer,
} from '@longspan/core-tensor';
import { register } from '@longspan/wasm-backend';

await register();

const width = 16;
const mask = slidingWindow({ left: 16, right: 16 }).or(globalTokens([0])); // the first token sees all and is read at the end
const layer = () =>
  transformerLayer({ width, attention: multiHeadAttention({ width, heads: 2, mask, attentionDropout: 0.1 }), hiddenDropout: 0.1 });
const encoder = chain({
  embedding: embedding({ vocabulary: 64, width, standardDeviation: 0.3 }),
  first: layer(),
  second: layer(),
  norm: layerNorm({ width }),
});
const classifier = defineLayer({
  name: 'classifier',
  parts: { encoder, output: linear({ inFeatures: width, outFeatures: 2 }) },
  run: ({ parts }, ids) => parts.output(tf.slice(parts.encoder(ids), [0, 0, 0], [-1, 1, -1]).squeeze([1])),
});

// Documents of 32 to 127 tokens, filled up to 128; those of the second kind use the upper half of the vocabulary more often.
function batch(seed, rows = 16, length = 128) {
  const random = randomUniform(createKey(seed), rows * (length + 1));
  const lengths = Array.from({ length: rows }, (_, row) => 32 + Math.floor(96 * random[row]));
  const token = (row, at) =>
    at === 0 || at >= lengths[row] ? 0 : Math.floor(63 * random[rows + row * length + at] ** (row % 2 ? 0.7 : 1.4)) + 1;
  const ids = Array.from({ length: rows }, (_, row) => Array.from({ length }, (_, at) => token(row, at)));
  const labels = Array.from({ length: rows }, (_, row) => row % 2);
  return {
    ids: tf.tensor2d(ids, [rows, length], 'int32'),
    labels: tf.tensor1d(labels, 'int32'),
    padding: paddingOfLengths(lengths, length),
  };
}

const weights = tf.tidy(() => trainable(classifier.init(createKey('weights'))));
const optimizer = tf.train.adam(0.01);
for (let step = 0; step < 30; step++) {
  const { ids, labels, padding } = batch(`step ${step}`);
  const context = { padding, training: true, key: createKey(step) };
  optimizer.minimize(() => crossEntropy(classifier.apply(weights, ids, context), labels), false, Object.values(weights));
  tf.dispose([ids, labels]);
}

const bytes = await saveParameters(weights); // a safetensors file; in Node: writeFile('classifier.safetensors', bytes)
const loaded = loadParameters(bytes, { layer: classifier });
const { ids, labels, padding } = batch('held out', 64);
const right = tf.equal(tf.argMax(classifier.apply(loaded, ids, { padding }), -1), labels);
console.log(`at least nine of ten held-out documents named rightly: ${(await tf.mean(tf.cast(right, 'float32')).data())[0] >= 0.9}`);
