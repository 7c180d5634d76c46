// A page under development: its op is edited while it runs, and Vite hands it the new module without loading the page anew.
import '@tensorflow/tfjs-backend-cpu';
import { grads, ready, tensor1d } from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-core/dist/register_all_gradients';
import { scaled } from './op.js';

const loadedAt = performance.timeOrigin;

async function show(op) {
  await ready();
  const x = tensor1d([1, 10]);
  const [gradient] = grads((each) => op([each], {})[0])([x]);
  const values = [...(await op([x], {})[0].data()), ...(await gradient.data())];
  document.getElementById('results').textContent = JSON.stringify({ values, loadedAt });
}

import.meta.hot.accept('./op.js', (next) => show(next.scaled));
await show(scaled);
