import { backend, getBackend } from '@tensorflow/tfjs-core';
import { choose } from '../../op/choose.ts';
import type { AttentionCall, AttentionCotangents, AttentionGradients, AttentionResult } from './call.ts';
import { tensorsOfCall } from './call-tensors.ts';
import { blockSparseAttentionContract } from './kernels.ts';

/**
 * Runs a checked call on the current backend.
 * @returns out [b, h, nq, dv] and logSumExp [b, h, nq]; both belong to the caller, both have gradients
 * @throws ConfigError for gradients of gradients
 * @cost that of blockSparseAttention; nothing is checked again
 */
export function runAttention(call: AttentionCall): AttentionResult {
  const [out, logSumExp] = blockSparseAttentionContract.run(tensorsOfCall(call), call);
  return { out, logSumExp };
}

/** Which kernel a checked call would run on, and why, without running it. */
export const explainAttention = (call: AttentionCall): { readonly kernel: string; readonly reason: string } =>
  blockSparseAttentionContract.explain(tensorsOfCall(call), call);

/** The backward pass of a checked call alone, as `blockSparseAttentionGradients` describes it. */
export function attentionGradients(
  call: AttentionCall,
  { out, logSumExp, outCotangent, logSumExpCotangent }: AttentionCotangents,
): AttentionGradients {
  const inputs = tensorsOfCall(call);
  backend(); // a backend has no name before it has started
  const kernels = blockSparseAttentionContract.kernels(getBackend());
  const { kernel } = choose(blockSparseAttentionContract.name, kernels, { inputs, attributes: call });
  const gradients = kernel.backward({ inputs, outputs: [out, logSumExp] }, [outCotangent, logSumExpCotangent], call);
  return call.selected === undefined ? gradients : gradients.filter((_, at) => at !== 3);
}
