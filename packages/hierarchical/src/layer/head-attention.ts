import { type Mask, mergeHeads, sparseAttention, splitHeads } from '@longspan/attention-sparse';
import { applyFeedForward, applyLayerNorm, applyLinear, type Parameters, parameter } from '@longspan/core-tensor';
import type { Tensor } from '@tensorflow/tfjs-core';
import { linearSpec, normSpec, type ParameterSpec } from './parameter-spec.ts';

/** Dense layers `query`, `key`, `value` and `out` of an attention, all with biases. */
export const attentionSpec = (name: string, width: number): ParameterSpec =>
  Object.assign({}, ...['query', 'key', 'value', 'out'].map((each) => linearSpec(`${name}.${each}`, width, width)));

/** `${name}.norm`, `${name}.inner` and `${name}.outer`. */
export const feedForwardSpec = (name: string, width: number, innerWidth: number): ParameterSpec => ({
  ...normSpec(`${name}.norm`, width),
  ...linearSpec(`${name}.inner`, width, innerWidth),
  ...linearSpec(`${name}.outer`, innerWidth, width),
});

// Parameters are checked by the layers, before their first operation.
const own = (parameters: Parameters, name: string): Tensor => parameter(parameters, name, 'hierarchical');

const dense = (parameters: Parameters, name: string, x: Tensor): Tensor =>
  applyLinear(x, own(parameters, `${name}.weight`), own(parameters, `${name}.bias`));

export const norm = (parameters: Parameters, name: string, x: Tensor, epsilon?: number): Tensor =>
  applyLayerNorm(x, own(parameters, `${name}.weight`), own(parameters, `${name}.bias`), epsilon);

/** Attention of queries [b, nq, width] to keys [b, nk, width] under a mask whose query 0 stands at position 0. */
export function attend(
  parameters: Parameters,
  name: string,
  { queries, keys }: { readonly queries: Tensor; readonly keys: Tensor },
  { heads, mask }: { readonly heads: number; readonly mask: Mask },
): Tensor {
  const q = splitHeads(dense(parameters, `${name}.query`, queries), heads);
  const k = splitHeads(dense(parameters, `${name}.key`, keys), heads);
  const v = splitHeads(dense(parameters, `${name}.value`, keys), heads);
  return dense(parameters, `${name}.out`, mergeHeads(sparseAttention(q, k, v, { mask, queryOffset: 0 }).out));
}

/** outer(gelu(inner(norm(x)))) */
export const feedForward = (parameters: Parameters, name: string, x: Tensor, options: { readonly chunkLength?: number } = {}): Tensor =>
  applyFeedForward(
    norm(parameters, `${name}.norm`, x),
    {
      innerWeight: own(parameters, `${name}.inner.weight`),
      innerBias: own(parameters, `${name}.inner.bias`),
      outerWeight: own(parameters, `${name}.outer.weight`),
      outerBias: own(parameters, `${name}.outer.bias`),
    },
    options,
  );
