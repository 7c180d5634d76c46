// A transformer layer with window attention in a model of tfjs-layers: padding as a second input, fit, save and load.
import { readFile, writeFile } from 'node:fs/promises';
import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import { multiHeadAttention, slidingWindow } from '@longspan/attention-sparse';
import { createKey, randomUniform, transformerLayer } from '@longspan/core-tensor';
import { toLayersLayer } from '@longspan/core-tensor/tfjs-layers';
import { register } from '@longspan/wasm-backend';

await register();

const windowLayer = toLayersLayer({
  className: 'WindowLayer',
  contextInputs: ['lengths'],
  create: ({ width, heads, side }) =>
    transformerLayer({ width, attention: multiHeadAttention({ width, heads, mask: slidingWindow({ left: side, right: side }) }) }),
});

const [x, lengths] = [tf.input({ shape: [64, 8] }), tf.input({ shape: [1], dtype: 'int32' })];
const hidden = windowLayer({ options: { width: 8, heads: 2, side: 8 }, name: 'window' }).apply([x, lengths]);
const model = tf.model({ inputs: [x, lengths], outputs: tf.layers.dense({ units: 1 }).apply(hidden) });
model.compile({ optimizer: tf.train.adam(0.01), loss: 'meanSquaredError' });

const numbers = randomUniform(createKey(0), 32 * 64 * 8);
const features = tf.tensor3d(numbers, [32, 64, 8]);
const inputs = [
  features,
  tf.tensor2d(
    Array.from({ length: 32 }, (_, row) => [32 + row]),
    [32, 1],
    'int32',
  ),
];
const sums = tf.sum(features, -1, true);
const { history } = await model.fit(inputs, sums, { epochs: 20, batchSize: 16, shuffle: false, verbose: 0 });
console.log(`the loss fell to less than half: ${history.loss.at(-1) < history.loss[0] / 2}`);

const file = (path) => ({
  // plain Node has no file:// of its own; in a page: 'downloads://window' or 'indexeddb://window'
  async save({ weightData, ...rest }) {
    await writeFile(`${path}.json`, JSON.stringify(rest)).then(() => writeFile(`${path}.bin`, new Uint8Array(weightData)));
    return { modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' } };
  },
  load: async () => ({ ...JSON.parse(await readFile(`${path}.json`)), weightData: new Uint8Array(await readFile(`${path}.bin`)).buffer }),
});
await model.save(file('window'));
const loaded = await tf.loadLayersModel(file('window'));
const difference = tf.max(tf.abs(tf.sub(loaded.predict(inputs), model.predict(inputs))));
console.log(`the loaded model gives the same numbers: ${(await difference.data())[0] === 0}`);
