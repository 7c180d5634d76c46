// A run that is killed: backend and kernels are those of the arguments.
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { trainInFolder } from '@longspan/tooling/killed/child';
import { register } from '@longspan/wasm-backend';
import * as tf from '@tensorflow/tfjs';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import '@tensorflow/tfjs-backend-cpu';

const [folder = '', backend = 'cpu', kernels = 'stock', steps = '30'] = process.argv.slice(2);
tf.enableProdMode();
setWasmPaths(`${dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm'))}/`);
await tf.setBackend(backend);
await tf.ready();
if (kernels === 'ours') await register({ threads: 1 });
await trainInFolder(folder, Number(steps));
