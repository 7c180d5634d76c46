// Takes one step and prints its losses. Dawn, in a project that has it, is what a page's browser gives.
import * as tf from '@tensorflow/tfjs';

tf.enableProdMode(); // else the cpu backend prints a banner
const dawn = await import('webgpu').catch(() => undefined);
if (dawn !== undefined) {
  Object.assign(globalThis, dawn.globals);
  globalThis.navigator ??= {};
  globalThis.gpu = dawn.create([]); // held, else it is collected with its devices
  Object.defineProperty(globalThis.navigator, 'gpu', { value: globalThis.gpu, configurable: true });
}
const { step } = await import('./step.js');
console.log(JSON.stringify(await step()));
process.exit(); // a device keeps the process alive
