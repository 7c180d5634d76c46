// Registers with two threads, has them share one call, says how many did, and ends; with a word after it also how busy it is idle.
import { explain, slidingWindow, sparseAttention } from '@longspan/attention-sparse';
import { register } from '@longspan/wasm-backend';
import { enableProdMode, randomNormal } from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-wasm';

enableProdMode();
await register({ threads: 2 });
const x = randomNormal([1, 4, 2048, 64]);
const { reason } = explain(x, x, x, { mask: slidingWindow({ left: 255, right: 0 }) });
await sparseAttention(x, x, x, { mask: slidingWindow({ left: 255, right: 0 }) }).out.data();
const before = process.cpuUsage();
if (process.argv[2] === 'idle') await new Promise((resolve) => setTimeout(resolve, 1000));
const { user, system } = process.cpuUsage(before);
console.log(JSON.stringify({ reason, busy: user + system }));
