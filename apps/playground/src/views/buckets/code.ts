import type { Values } from './scene.ts';
import { type Angles, numbersOf, sizeOn } from './vectors.ts';

/** A script that hashes, sorts and attends as the view does, and says what the chosen vector meets and misses. */
export function codeOf(
  values: Pick<Values, 'on' | 'hash' | 'buckets' | 'rounds' | 'chunk' | 'length' | 'causal' | 'of' | 'near'>,
  angles: readonly Angles[],
): string {
  const { on, hash, buckets, rounds, chunk, length, causal, of, near } = values;
  const size = sizeOn(on);
  const numbers = numbersOf(angles, on);
  const rows = angles.map(
    (_, at) => `  [${Array.from(numbers.subarray(at * size, (at + 1) * size), (each) => each.toFixed(5)).join(', ')}],`,
  );
  return `import { bucketOrder, drawRotations, hashBuckets, lshAttention } from '@longspan/attention-lsh';
import { createKey } from '@longspan/core-tensor';
import { register } from '@longspan/wasm-backend';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-wasm';

await register();
const vectors = [
${rows.join('\n')}
];
const [count, size] = [vectors.length, ${size}];
const [bucketCount, rounds, chunkLength, causal] = [${buckets}, ${rounds}, ${chunk}, ${causal === 'past'}];
const unit = tf.tensor4d(vectors.flat(), [1, 1, count, size]);
const rotations = drawRotations(createKey(${hash}), { heads: 1, headDim: size, rounds, bucketCount });
const buckets = hashBuckets(unit, rotations, { bucketCount });
const order = bucketOrder(buckets);
const inRounds = (numbers) => Array.from({ length: rounds }, (_, round) => [...numbers.subarray(round * count, (round + 1) * count)]);
inRounds(await buckets.data()).forEach((line, round) => console.log(\`round \${round + 1}, buckets \${line.map((each) => each % bucketCount).join(' ')}\`));
inRounds(await order.data()).forEach((line, round) => console.log(\`round \${round + 1}, sorted  \${line.join(' ')}\`));

// With the unit matrix as values, attention gives its weights. What is no longer than a chunk is not hashed: that is full attention.
const queryKey = tf.mul(unit, ${length});
const values = tf.reshape(tf.eye(count), [1, 1, count, count]);
const full = await lshAttention(queryKey, values, { chunkLength: count, causal }).out.data();
const hashed = await lshAttention(queryKey, values, { chunkLength, causal, rotations, bucketCount }).out.data();
const chosen = ${of};
const others = [...vectors.keys()].filter((other) => other !== chosen && full[chosen * count + other] > 0);
const near = others.sort((left, right) => full[chosen * count + right] - full[chosen * count + left]).slice(0, ${near});
for (const other of near) {
  const [all, found] = [full, hashed].map((weights) => \`\${(100 * weights[chosen * count + other]).toFixed(1)} %\`);
  console.log(\`vector \${chosen} -> \${other}: full attention \${all}, by hashing \${found}\`);
}
const kept = others.reduce((sum, other) => sum + (hashed[chosen * count + other] > 0 ? full[chosen * count + other] : 0), 0);
console.log(\`kept \${(100 * kept).toFixed(1)} %\`);
`;
}
