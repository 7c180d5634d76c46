import { getKernel, type KernelFunc, registerKernel, unregisterKernel } from '@tensorflow/tfjs-core';

/**
 * Puts a kernel in the place of tfjs's own on its webgpu backend.
 * @param make is given tfjs's own, for the calls that stay with it
 * @returns puts tfjs's own back
 */
export function replaceKernel(kernelName: string, make: (stock: KernelFunc) => KernelFunc): () => void {
  const backendName = 'webgpu';
  const stock = getKernel(kernelName, backendName);
  if (stock === undefined) throw new Error(`tfjs's ${kernelName} must be registered on ${backendName}.`);
  unregisterKernel(kernelName, backendName); // registering over it would warn
  registerKernel({ ...stock, kernelFunc: make(stock.kernelFunc) });
  return () => {
    unregisterKernel(kernelName, backendName);
    registerKernel(stock);
  };
}
