import '@tensorflow/tfjs-backend-wasm';
import { enableProdMode, setBackend } from '@tensorflow/tfjs-core';
import { printAnswer } from './answer.mjs';

enableProdMode();
if (!(await setBackend('wasm'))) throw new Error('the wasm backend did not start');
await printAnswer();
