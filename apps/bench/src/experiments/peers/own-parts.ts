import { cost, type Mask, slidingWindow, sparseAttention } from '@longspan/attention-sparse';
import { applyLinear } from '@longspan/core-tensor';
import { createKey, randomNormal } from '@longspan/core-tensor/key';
import { concat, grads, type Tensor, tensor4d, tidy } from '@tensorflow/tfjs-core';
import { base, type PartName, sizes, type Task } from './input.ts';
import type { Named } from './own-tasks.ts';

/** A part of a work, over tensors of the same sizes. */
export interface OwnPart {
  readonly name: PartName;
  /** Floating-point operations of its products. */
  readonly flops: number;
  run(): readonly Tensor[];
}

/** What can be timed apart of a layer: its linear layers one after the other, and its attention over heads that lie ready. */
export function ownParts(work: Task, tensors: Named): readonly OwnPart[] {
  const { hidden } = tensors;
  if (hidden === undefined) return [];
  const isTraining = work === 'longformer training';
  const { heads } = work === 'encoder' ? base : sizes;
  const side = sizes.longformerSide;
  return [linearLayers(tensors, hidden, isTraining), attention(slidingWindow({ left: side, right: side }), heads, hidden, isTraining)];
}

function linearLayers(tensors: Named, hidden: Tensor, isTraining: boolean): OwnPart {
  const names = Object.keys(tensors).filter((name) => name.endsWith('.weight') && tensors[name]?.rank === 2);
  const layers = names.map((name) => {
    const weight = tensors[name] as Tensor;
    const copies = (weight.shape[1] as number) / (hidden.shape[2] as number);
    return { weight, bias: tensors[name.replace(/weight$/, 'bias')] as Tensor, x: concat(Array<Tensor>(copies).fill(hidden), 2) };
  });
  const products = layers.reduce((sum, { weight }) => sum + 2 * (hidden.shape[1] as number) * weight.size, 0);
  const gradient = grads((x: Tensor, weight: Tensor, bias: Tensor) => applyLinear(x, weight, bias));
  return {
    name: 'linear layers',
    flops: products * (isTraining ? 3 : 1),
    run: () =>
      layers.flatMap(({ weight, bias, x }) =>
        isTraining ? gradient([x, weight, bias], tensors['cotangent']) : [applyLinear(x, weight, bias)],
      ),
  };
}

function attention(mask: Mask, heads: number, hidden: Tensor, isTraining: boolean): OwnPart {
  const [, n, width] = hidden.shape as [number, number, number];
  const headDim = width / heads;
  const drawn = (name: string): Tensor => tensor4d(randomNormal(createKey(0).fold(`part ${name}`), n * width), [1, heads, n, headDim]);
  const [q, k, v, dy] = ['q', 'k', 'v', 'dy'].map(drawn) as [Tensor, Tensor, Tensor, Tensor];
  const attend = (...inputs: readonly [Tensor, Tensor, Tensor]): Tensor => tidy(() => sparseAttention(...inputs, { mask }).out);
  const gradient = grads(attend as (...inputs: Tensor[]) => Tensor);
  return {
    name: 'attention',
    flops: attentionFlops(mask, n, heads) * (isTraining ? 3.5 : 1),
    run: () => (isTraining ? gradient([q, k, v], dy) : [attend(q, k, v)]),
  };
}

/** Of the pairs that the mask allows, forward. */
export const attentionFlops = (mask: Mask, n: number, heads: number): number =>
  4 * sizes.headDim * cost(mask, { queryLength: n, heads }).visitedPairs;
