import type { Looked } from './reader-work.ts';

/** A script that reads the same bytes with the same model, and says where a layer's heads look and what a window keeps of that. */
export function codeOf({
  looked: {
    reading: { segments },
  },
  layer,
  budget,
}: {
  readonly looked: Looked;
  readonly layer: number;
  readonly budget: number;
}): string {
  const read = segments
    .filter(({ from, to }) => to > from)
    .map(({ text }) => text)
    .join('');
  return `${script(read, layer, budget)}\n`;
}

const script = (read: string, layer: number, budget: number): string => `import { readFile } from 'node:fs/promises';
import { attentionWeights, causal, droppedMass, multiHeadAttention, slidingWindow, sparseAttention } from '@longspan/attention-sparse';
import { applyLinear, distanceBias, feedForward, gatherRows, loadParameters, relativeDistanceBuckets, splitHeads, transformerLayer } from '@longspan/core-tensor';
import { wrapLayer } from '@longspan/core-tensor/layer';
import { languageModel } from '@longspan/models/language-model';
import { register } from '@longspan/wasm-backend';
import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';

// The folder with reader.json and reader.safetensors: models/ beside the page, or what "pnpm bench reader --full FOLDER" writes.
const folder = process.argv[2] ?? '.';
const text = ${JSON.stringify(read)};
const layer = ${layer};

await register();
const { size, weights: file } = JSON.parse(await readFile(\`\${folder}/reader.json\`, 'utf8'));
const { width, heads, layers, buckets, maxDistance } = size;
const relativeBias = { buckets, maxDistance, bidirectional: false };
const bucketOf = relativeDistanceBuckets(relativeBias);

// What each attention layer works on is kept as it comes by.
const seen = [];
const attention = wrapLayer(multiHeadAttention({ width, heads, mask: causal(), bias: false, relativeBias }), (inner, x, { parameters }) => {
  const project = (name) => tf.keep(splitHeads(applyLinear(x, parameters.get(\`\${name}.weight\`)), heads));
  const ids = Array.from({ length: 2 * maxDistance + 1 }, (_, at) => bucketOf(at - maxDistance));
  const table = tf.keep(tf.transpose(gatherRows(parameters.get('relative_attention_bias.weight'), tf.tensor1d(ids, 'int32'))));
  seen.push({ q: project('query'), k: project('key'), v: project('value'), score: [distanceBias(table, { center: maxDistance })] });
  return inner(x);
});
const part = () => transformerLayer({ width, attention, feedForward: feedForward({ width, activation: 'geluTanh' }) });
const model = languageModel({ vocabulary: 256, width, layers: Object.fromEntries(Array.from({ length: layers }, (_, at) => [at, part()])), tied: false });
const parameters = loadParameters(await readFile(\`\${folder}/\${file}\`), { layer: model });

const bytes = new TextEncoder().encode(text);
tf.tidy(() => model.apply(parameters, tf.tensor2d(Int32Array.from(bytes), [1, bytes.length], 'int32')));

const { q, k, v, score } = seen[layer - 1];
const whole = sparseAttention(q, k, v, { mask: causal(), score });
const { weights } = attentionWeights(q, k, { mask: causal(), score, logSumExp: whole.logSumExp, queries: [bytes.length - 1] });
const byHead = (await weights.array())[0];
byHead.forEach(([row], head) => {
  const [most, at] = row.reduce((best, weight, index) => (weight > best[0] ? [weight, index] : best), [0, 0]);
  console.log(\`head \${head + 1} looks most at byte \${at}: \${(100 * most).toFixed(1)} %\`);
});

const mask = slidingWindow({ left: ${budget - 1} }).and(causal());
const { mass } = droppedMass(sparseAttention(q, k, v, { mask, score }), whole, v);
const dropped = (await mass.array())[0];
console.log('a window of ${budget} keeps', dropped.map((row) => \`\${(100 * (1 - row.at(-1))).toFixed(1)} %\`).join(', '));`;
