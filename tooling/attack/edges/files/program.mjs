import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs';
import { bigFile } from './big-file.mjs';
import { checkpoint } from './checkpoint.mjs';
import { load } from './load.mjs';
import { safetensors } from './safetensors.mjs';
import { shards } from './shards.mjs';

await tf.setBackend('cpu');

/**
 * Files of strangers: safetensors of all dtypes, sharded indexes, checkpoints of training, the results of the bench.
 * @type {import('../../attack.ts').Attack}
 */
export const files = {
  name: 'files',
  limits: { cpu: 60, wall: 240 },
  runCase: async (_index, r, tools) => {
    const x = r.float();
    if (x < 0.5) await safetensors(r, tools);
    else if (x < 0.65) await shards(r, tools);
    else if (x < 0.9) await checkpoint(r, tools);
    else if (x < 0.995) await load(r, tools);
    else await bigFile(r, tools);
  },
};
