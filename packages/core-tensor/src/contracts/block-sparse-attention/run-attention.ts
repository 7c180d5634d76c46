import { backend, getBackend, type Tensor } from '@tensorflow/tfjs-core';
import { choose } from '../../op/choose.ts';
import type { ExactLogSumExp } from '../../tensor/joined-parts.ts';
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

/**
 * The same with what rounding took from the log-sum-exp, for ops that join several calls and run the backward pass of each: to be called
 * inside an op's forward pass.
 */
export function attentionForward(call: AttentionCall): AttentionResult & ExactLogSumExp {
  const [out, logSumExp, roundedOff] = blockSparseAttentionContract.runWhole(tensorsOfCall(call), call) as [Tensor, Tensor, Tensor];
  return { out, logSumExp, roundedOff };
}

/** Which kernel a checked call would run on, and why, without running it. */
export const explainAttention = (call: AttentionCall): { readonly kernel: string; readonly reason: string } =>
  blockSparseAttentionContract.explain(tensorsOfCall(call), call);

/** The backward pass of a checked call alone, as `blockSparseAttentionGradients` describes it. */
export function attentionGradients(
  call: AttentionCall,
  { out, logSumExp, roundedOff, outCotangent, logSumExpCotangent }: AttentionCotangents,
): AttentionGradients {
  const inputs = tensorsOfCall(call);
  backend(); // a backend has no name before it has started
  const kernels = blockSparseAttentionContract.kernels(getBackend());
  const { kernel } = choose(blockSparseAttentionContract.name, kernels, { inputs, attributes: call });
  const outputs = roundedOff === undefined ? [out, logSumExp] : [out, logSumExp, roundedOff];
  const gradients = kernel.backward({ inputs, outputs }, [outCotangent, logSumExpCotangent], call);
  return call.selected === undefined ? gradients : gradients.filter((_, at) => at !== 3);
}
