import { getKernel, type KernelFunc, registerKernel, unregisterKernel } from '@tensorflow/tfjs-core';

/**
 * Puts a kernel in the place of tfjs's own on the wasm backend.
 * @param make is given the stock kernel, for the calls that it does not take itself
 * @returns puts the stock kernel back
 */
export function replaceKernel(kernelName: string, make: (stock: KernelFunc) => KernelFunc): () => void {
  const backendName = 'wasm';
  const stock = getKernel(kernelName, backendName);
  if (stock !== undefined) unregisterKernel(kernelName, backendName); // registering over it would warn
  const absent: KernelFunc = () => {
    throw new Error(`tfjs's ${kernelName} is not registered on ${backendName}.`);
  };
  // Its setup stays: tfjs runs it when it starts the backend anew.
  registerKernel({ ...stock, kernelName, backendName, kernelFunc: make(stock?.kernelFunc ?? absent) });
  return () => {
    unregisterKernel(kernelName, backendName);
    if (stock !== undefined) registerKernel(stock);
  };
}
