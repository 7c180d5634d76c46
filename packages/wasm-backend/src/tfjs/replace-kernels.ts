import { getKernel, type KernelBackend, type KernelFunc, registerKernel, type TensorInfo, unregisterKernel } from '@tensorflow/tfjs-core';
import type { Runtime, RuntimeOf } from '../runtime/runtime.ts';

/** A kernel of ours for one of tfjs's: undefined for a call that stays with tfjs's own. */
export type StockKernel<Call> = (runtime: Runtime, call: Call) => TensorInfo | TensorInfo[] | undefined;

/** Puts kernels in the places of tfjs's own, by their names; returns what puts those back. */
export function replaceKernels<Call>(runtimeOf: RuntimeOf, kernels: Readonly<Record<string, StockKernel<Call>>>): () => void {
  const undo = Object.entries(kernels).map(([name, ours]) =>
    replaceKernel(name, (stock) => (call) => ours(runtimeOf(call.backend as KernelBackend), call as object as Call) ?? stock(call)),
  );
  return () => {
    for (const each of undo) each();
  };
}

/** @param make is given the stock kernel, for the calls that it does not take itself */
function replaceKernel(kernelName: string, make: (stock: KernelFunc) => KernelFunc): () => void {
  const backendName = 'wasm';
  const stock = getKernel(kernelName, backendName);
  if (stock !== undefined) unregisterKernel(kernelName, backendName); // registering over it would warn
  const absent: KernelFunc = () => {
    throw new Error(`tfjs's ${kernelName} must be registered on ${backendName}.`);
  };
  // Its setup stays: tfjs runs it when it starts the backend again.
  registerKernel({ ...stock, kernelName, backendName, kernelFunc: make(stock?.kernelFunc ?? absent) });
  return () => {
    unregisterKernel(kernelName, backendName);
    if (stock !== undefined) registerKernel(stock);
  };
}
