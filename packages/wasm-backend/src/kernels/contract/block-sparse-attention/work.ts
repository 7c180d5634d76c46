import { type AttentionCall, tensorsOf } from '@longspan/core-tensor/kernel';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { Work } from '../../../threads/work.ts';
import { sizesOf } from './call-fields.ts';

/** What the forward pass of a call costs. */
export const forwardWork = (call: AttentionCall): Work => ({
  flops: 2 * listedPairs(call) * perPair(call),
  bytes: bytesOf(inputsOf(call)) + resultBytes(call),
});

/** What its backward pass costs: five products instead of two, and everything but a cotangent has a gradient of its size. */
export const backwardWork = (call: AttentionCall): Work => ({
  flops: 5 * listedPairs(call) * perPair(call),
  bytes: 2 * bytesOf(inputsOf(call)) + 2 * resultBytes(call),
});

const perPair = ({ query, value }: AttentionCall): number => (query.shape[3] ?? 0) + (value.shape[3] ?? 0);

const inputsOf = ({ query, key, value, selected, terms }: AttentionCall): readonly Tensor[] => [
  query,
  key,
  value,
  ...(selected ? [selected] : []),
  ...terms.flatMap(tensorsOf),
];

const bytesOf = (tensors: readonly Tensor[]): number => tensors.reduce((bytes, { size }) => bytes + 4 * size, 0);

function resultBytes(call: AttentionCall): number {
  const { batch, heads, queryLength, valueDim } = sizesOf(call);
  return 4 * batch * heads * queryLength * (valueDim + 1);
}

/** Pairs of a query and a key in listed blocks, those that a tile hides included. */
function listedPairs(call: AttentionCall): number {
  const { layout, selected } = call;
  const { batch, heads } = sizesOf(call);
  const shares = (batch * heads) / (layout.batch * layout.heads);
  const chosen = selected === undefined ? 0 : (selected.size * batch * heads) / ((selected.shape[0] ?? 1) * (selected.shape[1] ?? 1));
  return layout.blockSize ** 2 * (layout.entries.length * shares + chosen);
}
