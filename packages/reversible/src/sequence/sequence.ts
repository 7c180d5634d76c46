import type { Layer, LayerContext, Parameters } from '@longspan/core-tensor';
import { requireInteger } from '@longspan/core-tensor/error';
import { tidy } from '@tensorflow/tfjs-core';
import { bound, checkBlocks, checkStreams, initialised, type ReversibleBlock } from './blocks.ts';
import { type BoundBlock, type Streams, uncouple } from './coupling.ts';
import { type BlockDrift, driftOf } from './reconstruction-error.ts';
import { runSegment } from './segment.ts';

export interface ReversibleOptions {
  /**
   * Keep the streams behind every block of that number too, so that errors of rounding do not grow over more blocks than that;
   * those behind the last block alone when absent.
   */
  readonly keepEvery?: number;
}

export interface ReversibleSequence extends Layer<Streams, Streams> {
  /** The inputs from the outputs, the last block first. What deciding layers decide, they decide again. */
  invert(parameters: Parameters, outputs: Streams, context?: LayerContext): Streams;
  /** Runs forward and back and says, block by block, how far the rebuilt inputs are from the true ones. Keeps all streams meanwhile. */
  drift(parameters: Parameters, inputs: Streams, context?: LayerContext): Promise<readonly BlockDrift[]>;
}

const caller = 'reversibleSequence';

/**
 * Residual blocks over two streams, Y1 = X1 + F(X2), Y2 = X2 + G(Y1), whose activations are not kept: the backward pass rebuilds
 * each block's inputs from its outputs, with the same dropout (the context's key) and the same decisions (`DecidingLayer`).
 *
 * The catch: rebuilding rounds. Gradients agree with those of `plainSequence` by their norm, not digit by digit, and an activation
 * with a kink may flip; `drift` measures it and `keepEvery` bounds it. Branches must not take parameters from around themselves.
 * @shape x1, x2 [...] of one shape -> the same; parameters `0.f.…`, `0.g.…`, `1.f.…` by the names in the records
 * @throws ConfigError when a block is not a pair of branches; ShapeError when the streams differ in shape or a branch changes it
 * @cost the branches' time, once more in the backward pass; memory of one block's activations and of the streams, at any depth
 * @source Gomez et al. 2017 (arXiv 1707.04585); Kitaev et al. 2020 (arXiv 2001.04451) §3
 * @example
 * const half = { init: () => ({}), apply: (_, x) => mul(x, 0.5) };
 * const sequence = reversibleSequence([{ f: half, g: half }]);
 * const { x1, x2 } = sequence.apply({}, { x1: scalar(8), x2: scalar(2) });
 * [(await x1.data())[0], (await x2.data())[0]]; // => [9, 6.5]
 * (await sequence.invert({}, { x1, x2 }).x1.data())[0]; // => 8
 */
export function reversibleSequence(
  blocks: readonly ReversibleBlock[],
  { keepEvery = blocks.length }: ReversibleOptions = {},
): ReversibleSequence {
  checkBlocks(caller, blocks);
  requireInteger(caller, { keepEvery }, 1, { remedy: 'leave it out to keep the last streams only.' });
  const segmentsOf = (parameters: Parameters, context: LayerContext | undefined): readonly (readonly BoundBlock[])[] => {
    const all = bound(blocks, parameters, context);
    return Array.from({ length: Math.ceil(all.length / keepEvery) }, (_, nth) => all.slice(nth * keepEvery, (nth + 1) * keepEvery));
  };
  return {
    init: (key) => initialised(blocks, key),
    apply(parameters, inputs, context) {
      checkStreams(caller, inputs);
      return tidy(() => ({ ...segmentsOf(parameters, context).reduce((streams: Streams, each) => runSegment(each, streams), inputs) }));
    },
    invert(parameters, outputs, context) {
      checkStreams(caller, outputs);
      const all = bound(blocks, parameters, context).toReversed();
      return tidy(() => ({ ...all.reduce((streams: Streams, block) => uncouple(block, streams), outputs) }));
    },
    async drift(parameters, inputs, context) {
      checkStreams(caller, inputs);
      return await driftOf(segmentsOf(parameters, context), inputs);
    },
  };
}
