import type { AttentionRows, LayerContext, LayerOutput, LayerState, Scope } from '@longspan/core-tensor';
import { ShapeError } from '@longspan/core-tensor/error';
import { vjp } from '@longspan/core-tensor/kernel';
import { attentionOf, hiddenOf, partContext, stateOf, tensorsOfContext } from '@longspan/core-tensor/layer';
import { add, clone, sub, type Tensor } from '@tensorflow/tfjs-core';
import type { Block, Branch } from './blocks.ts';
import type { Streams } from './streams.ts';

/** What branches run by besides their streams: parameters and state of all of them under dotted names, and their context. */
export interface Surroundings extends Scope {
  readonly context: LayerContext;
}

export interface Coupled {
  readonly streams: Streams;
  readonly state: LayerState;
  /** Where the context asks for them. */
  readonly rows: AttentionRows;
}

/** Y1 = X1 + F(X2), Y2 = X2 + G(Y1), and the new state of both. To be called inside a tidy. */
export function couple({ f, g }: Block, { x1, x2 }: Streams, by: Surroundings): Coupled {
  const first = output(f, x2, by);
  const y1 = add(x1, hiddenOf(first));
  const second = output(g, y1, by);
  return {
    streams: { x1: y1, x2: add(x2, hiddenOf(second)) },
    state: { ...stateBelow(f, first), ...stateBelow(g, second) },
    rows: { ...attentionOf(first, f.name).attentionWeights, ...attentionOf(second, g.name).attentionWeights },
  };
}

/** X2 = Y2 − G(Y1), X1 = Y1 − F(X2): a block's inputs from its outputs. To be called inside a tidy. */
export function uncouple({ f, g }: Block, { x1: y1, x2: y2 }: Streams, by: Surroundings): Streams {
  const x2 = sub(y2, hiddenOf(output(g, y1, by)));
  return { x1: sub(y1, hiddenOf(output(f, x2, by))), x2 };
}

/** A branch's part in the backward pass. */
export interface BranchVjp {
  /** What its gradients belong to: the float32 tensors that it may read. */
  readonly xs: readonly Tensor[];
  /** Cotangents of the tensors of its new state. */
  readonly ofState: readonly Tensor[];
}

export interface BlockVjp {
  /** The block's inputs, rebuilt. */
  readonly streams: Streams;
  /** Their cotangents. */
  readonly cotangents: Streams;
  /** Gradients of each branch's xs; null where none flows. */
  readonly f: readonly (Tensor | null)[];
  readonly g: readonly (Tensor | null)[];
}

/**
 * From a block's outputs and their cotangents to its inputs and theirs; each branch runs once.
 * @source Gomez et al. 2017 (arXiv 1707.04585) algorithm 1
 */
export function blockVjp(
  { f, g }: Block,
  { x1: y1, x2: y2 }: Streams,
  { x1: dy1, x2: dy2 }: Streams,
  by: Surroundings,
  of: { readonly f: BranchVjp; readonly g: BranchVjp },
): BlockVjp {
  const ofG = branchVjp(g, y1, dy2, by, of.g);
  const x2 = sub(y2, ofG.value);
  const d1 = plus(dy1, ofG.input);
  const ofF = branchVjp(f, x2, d1, by, of.f);
  return { streams: { x1: sub(y1, ofF.value), x2 }, cotangents: { x1: d1, x2: plus(dy2, ofF.input) }, f: ofF.others, g: ofG.others };
}

function branchVjp(
  branch: Branch,
  input: Tensor,
  cotangent: Tensor,
  by: Surroundings,
  { xs, ofState }: BranchVjp,
): { readonly value: Tensor; readonly input: Tensor | null; readonly others: readonly (Tensor | null)[] } {
  const run = (): readonly Tensor[] => {
    const found = output(branch, input, by);
    return [hiddenOf(found), ...tensorsOfContext(stateOf(found))];
  };
  // State of integers (buckets) has no gradient, so that nothing but the stream has to be differentiated.
  const cotangents = ofState.some(({ dtype }) => dtype === 'float32') ? [cotangent, ...ofState] : [cotangent];
  const { value, gradients } = vjp(run, [input, ...xs], cotangents);
  const [ofInput = null, ...others] = gradients;
  return { value, input: ofInput, others };
}

const plus = (a: Tensor, b: Tensor | null): Tensor => (b === null ? clone(a) : add(a, b));

function output({ name, layer }: Branch, input: Tensor, { parameters, state, context }: Surroundings): LayerOutput {
  const scope = { parameters: parameters.below(name), state: state.below(name) };
  const inner = partContext(context, name);
  layer.check(scope.parameters.caller, input, inner);
  const found = layer.run(scope, input, inner);
  if (hiddenOf(found).shape.join() === input.shape.join()) return found;
  throw new ShapeError({
    caller: parameters.caller,
    problem: `${name} must keep the shape of a stream, so that the block can be inverted.`,
    expected: `[${input.shape.join(', ')}], the shape of the streams`,
    got: `[${hiddenOf(found).shape.join(', ')}]`,
    remedy: `give ${name} as many features out as in.`,
  });
}

const stateBelow = ({ name }: Branch, found: LayerOutput): LayerState =>
  Object.fromEntries(Object.entries(stateOf(found)).map(([own, value]) => [`${name}.${own}`, value]));
