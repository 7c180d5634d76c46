import { type AttentionKernel, attentionKernel, blockSparseAttentionContract } from '@longspan/core-tensor/kernel';
import { backend } from '@tensorflow/tfjs-core';
import { noteOf, type RuntimeOf } from '../../../runtime/runtime.ts';
import type { TfjsWasm } from '../../../tfjs/tfjs-wasm.ts';
import { backward } from './backward.ts';
import { forward } from './forward.ts';
import { forwardWork } from './work.ts';

/** Puts block-sparse attention in WebAssembly in front of the reference. @returns takes it out again */
export const registerAttention = (runtimeOf: RuntimeOf): (() => void) =>
  blockSparseAttentionContract.addKernel('wasm', attentionKernel(attentionInWasm(runtimeOf)));

export const attentionInWasm = (runtimeOf: RuntimeOf): AttentionKernel => ({
  name: 'wasm-simd',
  unsupported: () => null,
  tolerance: { atol: 2e-5, rtol: 2e-4, reason: 'float32 sums in another order, and exponentials with errors of 1e-7' },
  note: (call) => noteOf(runtimeOf(backend() as TfjsWasm), forwardWork(call)),
  forward: (call) => forward(runtimeOf(backend() as TfjsWasm), call),
  backward: (call, cotangents) => backward(runtimeOf(backend() as TfjsWasm), call, cotangents),
});
