import '@tensorflow/tfjs-backend-cpu';
import { enableProdMode, setBackend } from '@tensorflow/tfjs-core';
import { printAnswer } from './answer.mjs';

enableProdMode(); // else the cpu backend prints a banner
await setBackend('cpu');
await printAnswer();
