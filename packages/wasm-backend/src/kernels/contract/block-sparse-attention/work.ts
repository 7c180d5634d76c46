import { type AttentionCall, tensorsOfCall } from '@longspan/core-tensor/kernel';
import type { Work } from '../../../threads/worth-sharing.ts';

/** What the forward pass of a call costs. */
export const forwardWork = (call: AttentionCall): Work => ({
  flops: 2 * listedPairs(call) * perPair(call),
  bytes: inputBytes(call) + resultBytes(call),
});

/** What its backward pass costs: five products instead of two, and everything but a cotangent has a gradient of its size. */
export const backwardWork = (call: AttentionCall): Work => ({
  flops: 5 * listedPairs(call) * perPair(call),
  bytes: 2 * inputBytes(call) + 2 * resultBytes(call),
});

const perPair = ({ sizes }: AttentionCall): number => sizes.headDim + sizes.valueDim;

const inputBytes = (call: AttentionCall): number => tensorsOfCall(call).reduce((bytes, { size }) => bytes + 4 * size, 0);

const resultBytes = ({ sizes: { batch, heads, queryLength, valueDim } }: AttentionCall): number =>
  4 * batch * heads * queryLength * (valueDim + 1);

/** Pairs of a query and a key in listed blocks, those that a tile masks included. */
function listedPairs({ layout, selected, sizes: { batch, heads } }: AttentionCall): number {
  const repeats = (batch * heads) / (layout.batch * layout.heads);
  const selectedBlocks =
    selected === undefined ? 0 : (selected.size * batch * heads) / ((selected.shape[0] ?? 1) * (selected.shape[1] ?? 1));
  return layout.blockSize ** 2 * (layout.indices.length * repeats + selectedBlocks);
}
