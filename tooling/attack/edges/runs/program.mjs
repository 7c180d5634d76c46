import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs';
import { badData } from './bad-data.mjs';
import { clocks } from './clocks.mjs';
import { races } from './races.mjs';
import { resumed } from './resumed.mjs';

await tf.setBackend('cpu');

console.warn = () => {};

/**
 * Runs that are stopped in every way and go on, against the same run left alone: equal bit for bit, and no tensors left.
 * @type {import('../../attack.ts').Attack}
 */
export const runs = {
  name: 'runs',
  limits: { cpu: 60, wall: 240 },
  runCase: async (index, r, tools) => {
    const x = r.float();
    if (x < 0.6) await resumed(index, r, tools);
    else if (x < 0.85) await badData(index, r, tools);
    else if (x < 0.95) await races(index, r, tools);
    else await clocks(index, r, tools);
  },
};
