// Takes the step of the project that it is run in, and prints its losses.
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import * as tf from '@tensorflow/tfjs';

tf.enableProdMode(); // else the cpu backend prints a banner
const own = (file) => import(pathToFileURL(resolve(file)).href);
if (existsSync('dawn.js')) await own('dawn.js');
const { step } = await own('step.js');
console.log(JSON.stringify(await step()));
process.exit(); // a device keeps the process alive
