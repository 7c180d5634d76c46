// Takes one step and writes its losses into the page.
import * as tf from '@tensorflow/tfjs';
import { step } from './step.js';

tf.enableProdMode();
const results = await step().catch((error) => ({ error: String(error?.stack ?? error?.message ?? error) }));
document.getElementById('results').textContent = JSON.stringify(results);
