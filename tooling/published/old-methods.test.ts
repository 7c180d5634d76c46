import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

/** The oldest browsers that the README names have none of these methods; a page's test takes them away too, but runs attention alone. */
const program = `
  import '@tensorflow/tfjs-backend-wasm';
  import * as tf from '@tensorflow/tfjs-core';
  import '@tensorflow/tfjs-core/dist/register_all_gradients.js';
  import { bigBird, createLayout, denseMask, grid, sparseAttention, topKAttention } from '@longspan/attention-sparse';
  import { createKey, linear } from '@longspan/core-tensor';
  import { reversibleSequence } from '@longspan/reversible';
  import { register } from '@longspan/wasm-backend';

  await tf.setBackend('wasm');
  await register({ threads: 1 });
  const lists = ['with', 'toSorted', 'toReversed', 'toSpliced', 'findLast', 'findLastIndex'];
  for (const owner of [Array.prototype, Object.getPrototypeOf(Uint8Array.prototype)]) for (const name of lists) delete owner[name];
  delete Array.fromAsync;
  delete Object.groupBy;
  delete Map.groupBy;
  delete Promise.withResolvers;

  const mask = grid([2, 2]).neighbourhood({ radius: 1 }).and(grid([2, 2]).tiles({ size: 1 }).not());
  const x = tf.reshape(tf.range(0, 8), [1, 1, 4, 2]);
  const layer = linear({ inFeatures: 2, outFeatures: 2 });
  const sequence = reversibleSequence([{ f: layer, g: layer }]);
  const parameters = sequence.init(createKey(1));
  const y = sequence.apply(parameters, tf.ones([1, 3, 4]));
  const back = sequence.invert(parameters, y);
  console.log(JSON.stringify({
    split: await Promise.all(tf.split(tf.reshape(tf.range(0, 6), [2, 3]), 3, 1).map((each) => each.array())),
    pairs: [...denseMask(mask, { queryLength: 4 })],
    blocks: createLayout(bigBird({ blockSize: 2, windowBlocks: 1, globalBlocks: [0], randomBlocks: [] }), { queryLength: 8, blockSize: 2 }).indices.length,
    attention: (await sparseAttention(x, x, x, { mask: grid([2, 2]).neighbourhood({ radius: 0 }) }).out.data()).length,
    topK: (await topKAttention(x, x, x, { topK: 1 }).out.data()).length,
    back: Math.max(...(await tf.abs(tf.sub(back, tf.ones([1, 3, 4]))).data())) < 1e-5,
  }));
`;

it('splits, grids, layouts, selection and inversion need no method that the oldest supported browsers lack', () => {
  const text = execFileSync(process.execPath, ['--import', 'tsx', '--conditions=@longspan/source', '--input-type=module', '-'], {
    cwd: fileURLToPath(new URL('.', import.meta.url)),
    input: program,
    encoding: 'utf8',
  });
  expect(JSON.parse(text.trim().split('\n').at(-1) ?? '')).toEqual({
    split: [
      [[0], [3]],
      [[1], [4]],
      [[2], [5]],
    ],
    pairs: [0, 1, 1, 1, 1, 0, 1, 1, 1, 1, 0, 1, 1, 1, 1, 0],
    blocks: 14,
    attention: 8,
    topK: 8,
    back: true,
  });
});
