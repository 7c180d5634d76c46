import { type Tensor, zerosLike } from '@tensorflow/tfjs-core';
import { type Contract, defineContract, type KernelDefinition } from '../../op/define-contract.ts';
import type { AttentionCall, AttentionKernel } from './call.ts';
import { callWith } from './call-tensors.ts';
import { reference } from './reference/index.ts';

/** An attention kernel as the contract lists it. A call goes with its tensors as their attributes, so that no kernel puts it together again. */
export function attentionKernel({
  name,
  unsupported,
  tolerance,
  note,
  forward,
  backward,
}: AttentionKernel): KernelDefinition<
  readonly Tensor[],
  readonly [Tensor, Tensor],
  AttentionCall,
  readonly [Tensor, Tensor, Tensor],
  'all',
  readonly [0, 1, 2]
> {
  return {
    name,
    tolerance,
    unsupported: (_, call) => unsupported(call),
    ...(note && { note: (_, call) => note(call) }),
    forward(_, call) {
      const { out, logSumExp, roundedOff = zerosLike(logSumExp) } = forward(call);
      return [out, logSumExp, roundedOff];
    },
    save: { inputs: 'all', outputs: [0, 1, 2] },
    gradient({ inputs, outputs: [out, logSumExp, roundedOff] }, [outCotangent, logSumExpCotangent], call) {
      const cotangents = { out, logSumExp, roundedOff, outCotangent, logSumExpCotangent };
      const [dq = null, dk = null, dv = null, ...ofTerms] = backward(callWith(call, inputs), cotangents);
      return [dq, dk, dv, ...(call.selected ? [null] : []), ...ofTerms];
    },
  };
}

/** Block-sparse attention: backends add their kernels here, each by `attentionKernel`. */
export const blockSparseAttentionContract: Contract<readonly Tensor[], readonly [Tensor, Tensor], AttentionCall> =
  /* @__PURE__ */ defineContract({
    name: 'BlockSparseAttention',
    outputs: 2,
    reference: attentionKernel(reference),
  });
