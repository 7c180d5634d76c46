import { type Mask, type SparseAttentionOptions, slidingWindow } from '@longspan/attention-sparse';
import { createKey, normal, type ScoreTerm } from '@longspan/core-tensor';
import { type Tensor, tensor } from '@tensorflow/tfjs-core';
import type { CallSizes, CallTolerance, ConformanceCall } from './call.ts';

const tolerance: CallTolerance = { forward: { atol: 2e-5, rtol: 2e-4 }, backward: { atol: 2e-5, rtol: 2e-4 } };

// All different, so that no two axes can be taken for each other.
export const sizes: CallSizes = { b: 2, h: 3, hkv: 3, nq: 37, nk: 37, d: 11, dv: 5 };
export const cross: CallSizes = { ...sizes, nq: 23, nk: 51 };

export const window: Mask = slidingWindow({ left: 9, right: 3 });

/** A call whose terms hold no learned tensors. */
export const plain = (
  label: string,
  mask: Mask,
  over: Partial<CallSizes> = {},
  score: () => readonly ScoreTerm[] = () => [],
  more: () => SparseAttentionOptions = () => ({}),
): ConformanceCall => ({
  label,
  sizes: { ...sizes, ...over },
  tolerance,
  options: () => {
    const options: SparseAttentionOptions = { mask, blockSize: 8, score: score(), ...more() };
    return { options, learned: [], rebuild: () => options };
  },
});

/** A call with learned tensors, drawn by shape; `change` writes other numbers into them. */
export const learned = (
  label: string,
  shapes: readonly (readonly number[])[],
  score: (tensors: readonly Tensor[]) => readonly ScoreTerm[],
  {
    over = {},
    mask = window,
    more = () => ({}),
    shift = 0,
    change = () => {},
    seed = label,
  }: {
    readonly over?: Partial<CallSizes>;
    readonly mask?: Mask;
    readonly more?: () => SparseAttentionOptions;
    readonly shift?: number;
    readonly change?: (values: Float32Array, shape: readonly number[], tensor: number) => void;
    /** What the tensors are drawn from: the label by default. */
    readonly seed?: string;
  } = {},
): ConformanceCall => ({
  label,
  sizes: { ...sizes, ...over },
  tolerance,
  options: () => {
    const tensors = shapes.map((shape, at) => changed(normal(createKey(seed).fold(at), shape, { mean: shift }), change, at));
    const fixed = more();
    const rebuild = (own: readonly Tensor[]): SparseAttentionOptions => ({ mask, blockSize: 8, ...fixed, score: score(own) });
    return { options: rebuild(tensors), learned: tensors, rebuild };
  },
});

export const at = (tensors: readonly Tensor[], index: number): Tensor => tensors[index] as Tensor;

function changed(drawn: Tensor, change: (values: Float32Array, shape: readonly number[], tensor: number) => void, which: number): Tensor {
  const values = Float32Array.from(drawn.dataSync());
  const { shape } = drawn;
  drawn.dispose();
  change(values, shape, which);
  return tensor(values, shape);
}
