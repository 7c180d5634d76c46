import { replaceKernel } from '@longspan/core-tensor/kernel';
import type { KernelBackend, TensorInfo } from '@tensorflow/tfjs-core';
import type { Runtime, RuntimeOf } from '../runtime/runtime.ts';

/** A kernel of ours for one of tfjs's: undefined for a call that stays with tfjs's own. */
export type StockKernel<Call> = (runtime: Runtime, call: Call) => TensorInfo | TensorInfo[] | undefined;

/** Puts kernels in the places of tfjs's own, by their names; returns what puts those back. */
export function replaceKernels<Call>(runtimeOf: RuntimeOf, kernels: Readonly<Record<string, StockKernel<Call>>>): () => void {
  const undo = Object.entries(kernels).map(([name, ours]) =>
    replaceKernel('wasm', name, (stock) => (call) => ours(runtimeOf(call.backend as KernelBackend), call as object as Call) ?? stock(call)),
  );
  return () => {
    for (const each of undo) each();
  };
}
