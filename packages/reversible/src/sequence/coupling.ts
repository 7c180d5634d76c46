import type { LayerContext, Parameters } from '@longspan/core-tensor';
import { ShapeError } from '@longspan/core-tensor/error';
import { vjp } from '@longspan/core-tensor/kernel';
import { add, sub, type Tensor } from '@tensorflow/tfjs-core';
import { type Branch, runBranch } from './branch.ts';

/** The two streams between reversible blocks, of one shape. */
export interface Streams {
  readonly x1: Tensor;
  readonly x2: Tensor;
}

/** One side of one block, with what it runs by. */
export interface BoundBranch {
  /** Where the block stands and what the branch is called, `3.feedForward`. */
  readonly name: string;
  readonly branch: Branch;
  readonly parameters: Parameters;
  readonly context: LayerContext | undefined;
  /** What it decided in its first run; nothing before that. */
  readonly decided?: readonly Tensor[];
}

export interface BoundBlock {
  readonly f: BoundBranch;
  readonly g: BoundBranch;
}

/** Y1 = X1 + F(X2), Y2 = X2 + G(Y1), and what F and G decided. To be called inside a tidy. */
export function couple({ f, g }: BoundBlock, { x1, x2 }: Streams): { streams: Streams; decisions: readonly (readonly Tensor[])[] } {
  const first = output(f, x2);
  const y1 = add(x1, first.outputs);
  const second = output(g, y1);
  return { streams: { x1: y1, x2: add(x2, second.outputs) }, decisions: [first.decisions, second.decisions] };
}

/** X2 = Y2 − G(Y1), X1 = Y1 − F(X2): a block's inputs from its outputs. To be called inside a tidy. */
export function uncouple({ f, g }: BoundBlock, { x1: y1, x2: y2 }: Streams): Streams {
  const x2 = sub(y2, output(g, y1).outputs);
  return { x1: sub(y1, output(f, x2).outputs), x2 };
}

export interface PulledBlock {
  /** The block's inputs, rebuilt. */
  readonly streams: Streams;
  /** Their cotangents. */
  readonly cotangents: Streams;
  /** Gradients of the branches' parameters, in the order of their records. */
  readonly f: readonly Tensor[];
  readonly g: readonly Tensor[];
}

/**
 * From a block's outputs and their cotangents to its inputs and theirs; each branch runs once.
 * @source Gomez et al. 2017 (arXiv 1707.04585) algorithm 1
 */
export function pullBlock({ f, g }: BoundBlock, { x1: y1, x2: y2 }: Streams, { x1: dy1, x2: dy2 }: Streams): PulledBlock {
  const ofG = pullBranch(g, y1, dy2);
  const x2 = sub(y2, ofG.value);
  const d1 = add(dy1, ofG.input);
  const ofF = pullBranch(f, x2, d1);
  const streams = { x1: sub(y1, ofF.value), x2 };
  return { streams, cotangents: { x1: d1, x2: add(dy2, ofF.input) }, f: ofF.parameters, g: ofG.parameters };
}

function pullBranch(
  bound: BoundBranch,
  input: Tensor,
  cotangent: Tensor,
): { readonly value: Tensor; readonly input: Tensor; readonly parameters: readonly Tensor[] } {
  const xs = [input, ...Object.values(bound.parameters)];
  const { value, gradients } = vjp(() => output(bound, input).outputs, xs, cotangent);
  const [ofInput, ...parameters] = gradients as [Tensor, ...Tensor[]];
  return { value, input: ofInput, parameters };
}

function output({ name, branch, parameters, context, decided }: BoundBranch, input: Tensor): ReturnType<typeof runBranch> {
  const found = runBranch(branch, parameters, input, context, decided);
  if (found.outputs.shape.join() === input.shape.join()) return found;
  throw new ShapeError({
    caller: 'reversibleSequence',
    problem: `${name} does not keep the shape, so that the block cannot be inverted.`,
    expected: `[${input.shape.join(', ')}], the shape of the streams`,
    got: `[${found.outputs.shape.join(', ')}]`,
    remedy: `give ${name} as many features out as in.`,
  });
}
