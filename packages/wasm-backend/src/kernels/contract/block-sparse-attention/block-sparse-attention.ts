import { type AttentionKernel, attentionKernel, blockSparseAttentionContract } from '@longspan/core-tensor/kernel';
import { noteOf, type RuntimeOf } from '../../../runtime/runtime.ts';
import type { Kernel } from '../../kernel.ts';
import { backward } from './backward.ts';
import { forward } from './forward.ts';
import { forwardWork } from './work.ts';

/** Block-sparse attention in WebAssembly. */
export const blockSparseAttentionKernel: Kernel = {
  name: blockSparseAttentionContract.name,
  add: (runtimeOf) => blockSparseAttentionContract.addKernel('wasm', attentionKernel(attentionInWasm(runtimeOf))),
};

export const attentionInWasm = (runtimeOf: RuntimeOf): AttentionKernel => ({
  name: 'wasm-simd',
  unsupported: () => null,
  tolerance: { atol: 2e-5, rtol: 2e-4, reason: 'float32 sums in another order, and exponentials with errors of 1e-7' },
  note: (call) => noteOf(runtimeOf(), forwardWork(call)),
  forward: (call) => forward(runtimeOf(), call),
  backward: (call, cotangents) => backward(runtimeOf(), call, cotangents),
});
