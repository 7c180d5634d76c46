// A custom mask: checked, costed, drawn, and a small language model that is trained with it.
import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import { causal, checkMask, cost, drawMask, drawReach, mask, multiHeadAttention, receptiveField } from '@longspan/attention-sparse';
import { createKey, trainable, transformerLayer } from '@longspan/core-tensor';
import { languageModel } from '@longspan/models/language-model';
import { register } from '@longspan/wasm-backend';

await register();

// Lines of 32 tokens: a token sees its own line, and the line above.
const line = (position) => Math.floor(position / 32);
const lines = mask({
  name: 'lines',
  allows: (query, key) => line(key) === line(query) || line(key) === line(query) - 1,
  cover: (queries, keys) => (line(keys.end - 1) < line(queries.start) - 1 || line(keys.start) > line(queries.end - 1) ? 'none' : 'some'),
});
const seen = lines.and(causal());
checkMask(seen, 1024);
console.log(
  `${(100 * cost(seen, { queryLength: 4096, blockSize: 32 }).visitedFraction).toFixed(1)} % of the blocks of 4,096 tokens are visited`,
);
console.log(drawMask(seen, { queryLength: 256, size: 8 }));
console.log(drawReach(receptiveField([seen, seen, seen], { length: 256, blockSize: 32 })).at(-1));

const [width, heads] = [16, 2];
const layer = () =>
  transformerLayer({ width, attention: multiHeadAttention({ width, heads, mask: seen, blockSize: 32, rotary: { style: 'half' } }) });
const model = languageModel({ vocabulary: 64, width, layers: { first: layer(), second: layer() } });
const weights = tf.tidy(() => trainable(model.init(createKey(0))));
const text = Array.from({ length: 257 }, (_, at) => (at * at) % 17); // repeats after 17 tokens
const ids = tf.tensor2d([text.slice(0, 256)], [1, 256], 'int32');
const targets = tf.tensor2d([text.slice(1)], [1, 256], 'int32');
const loss = () => model.loss.apply(weights, ids, { targets });
const before = (await loss().data())[0];
const optimizer = tf.train.adam(0.03);
for (let step = 0; step < 30; step++) optimizer.minimize(loss, false, Object.values(weights));
const after = (await loss().data())[0];
console.log(`the loss fell from ${before.toFixed(1)} nats to less than half: ${after < before / 2}`);
