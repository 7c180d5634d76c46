// Registers, and throws what nobody catches: at once, or as a rejection.
import { register } from '@longspan/wasm-backend';
import { enableProdMode } from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-wasm';

enableProdMode();
await register({ threads: 1 });
const wrong = () => new Error('what nobody catches');
if (process.argv[2] === 'rejected') void Promise.reject(wrong());
else throw wrong();
