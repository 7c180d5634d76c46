import type { Tensor } from '@tensorflow/tfjs-core';
import { type Contract, defineContract, type KernelDefinition } from '../../op/define-contract.ts';
import type { AttentionKernel } from './call.ts';
import { type AttentionAttributes, callOfTensors } from './call-tensors.ts';
import { reference } from './reference/index.ts';

/** An attention kernel as the contract lists it. */
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
  AttentionAttributes,
  readonly [Tensor, Tensor],
  'all',
  readonly [0, 1]
> {
  return {
    name,
    tolerance,
    unsupported: (tensors, attributes) => unsupported(callOfTensors(tensors, attributes)),
    ...(note && { note: (tensors, attributes) => note(callOfTensors(tensors, attributes)) }),
    forward(tensors, attributes) {
      const { out, logSumExp } = forward(callOfTensors(tensors, attributes));
      return [out, logSumExp];
    },
    save: { inputs: 'all', outputs: [0, 1] },
    gradient({ inputs, outputs: [out, logSumExp] }, [outCotangent, logSumExpCotangent], attributes) {
      const cotangents = { out, logSumExp, outCotangent, logSumExpCotangent };
      const [query = null, key = null, value = null, ...ofTerms] = backward(callOfTensors(inputs, attributes), cotangents);
      return [query, key, value, ...(attributes.hasSelected ? [null] : []), ...ofTerms];
    },
  };
}

/** Block-sparse attention: backends add their kernels here, each by `attentionKernel`. */
export const blockSparseAttentionContract: Contract<readonly Tensor[], readonly [Tensor, Tensor], AttentionAttributes> = defineContract({
  name: 'BlockSparseAttention',
  outputs: 2,
  reference: attentionKernel(reference),
});
