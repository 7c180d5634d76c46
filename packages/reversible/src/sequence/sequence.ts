import {
  type ContextArgument,
  defineLayer,
  type Layer,
  type LayerContext,
  type LayerOutput,
  type LayerResult,
  type Parameters,
} from '@longspan/core-tensor';
import { requireInteger, requireKnown, stamped } from '@longspan/core-tensor/error';
import { hiddenOf } from '@longspan/core-tensor/layer';
import type { Tensor } from '@tensorflow/tfjs-core';
import { type ContextOfBlocks, hasState, namedBlocks, type OutputOfBlocks, partsOf, type ReversibleBlock } from './blocks.ts';
import { uncouple } from './coupling.ts';
import { type BlockReconstructionError, errorsOfBlocks, readErrors } from './reconstruction-error.ts';
import { runSegment } from './segment.ts';
import { checkStreams, joinStreams, splitStreams } from './streams.ts';

export interface ReversibleSequenceConfig {
  /**
   * Keep the streams after every block of that number too, so that errors of rounding do not grow over more blocks than that; those
   * after the last block alone by default.
   */
  readonly keepEvery?: number | undefined;
}

/** Also what stood between the blocks. */
export interface StreamsResult extends LayerResult {
  /** [..., 2 · width] each: both streams before each block and after the last. */
  readonly streams: readonly Tensor[];
}

export interface ReversibleSequence<C extends LayerContext, Out extends LayerOutput> extends Layer<C, Out> {
  /** The same blocks by the same parameters, whose result also holds the streams before each of them and after the last: all are kept then. */
  readonly streams: Layer<C, StreamsResult>;
  /**
   * x from the main result of apply, the last block first. The context is that of apply; hand back its choices (buckets) as
   * its state, else they are made again.
   */
  invert(parameters: Parameters, y: Tensor, ...context: ContextArgument<C>): Tensor;
  /** Runs forward and back and says, block by block, how far the rebuilt inputs are from the true ones. Keeps all streams meanwhile. */
  reconstructionError(parameters: Parameters, x: Tensor, ...context: ContextArgument<C>): Promise<readonly BlockReconstructionError[]>;
}

const caller = 'reversibleSequence';

/**
 * Residual blocks over two streams, Y1 = X1 + F(X2), Y2 = X2 + G(Y1), whose activations are not kept: the backward pass rebuilds
 * each block's inputs from its outputs and runs the branches again, with the same dropout (the context's key), the same state as
 * before, and the same choices (what a layer declares in `replays`, such as buckets). F and G are any layers that keep the shape;
 * gradients flow to x, to their parameters, and to every tensor of the context and of the state.
 *
 * The catch: rebuilding rounds. Gradients agree with those of `plainSequence` by their norm, not digit by digit, and an activation
 * with a kink may flip; `reconstructionError` measures it and `keepEvery` bounds it.
 * @shape x [..., 2 · width], both streams side by side (`duplicateStreams` makes them) -> the same
 * @returns a tensor, or { hidden, state } where a branch has state; names are `0.f.…`, `0.g.…`, `1.f.…` by the names in the records
 * @throws ConfigError when a block is not a pair of layers; ShapeError when x does not hold two streams or a branch changes its shape
 * @cost the branches' time, once more in the backward pass; memory of one block's activations and of the streams, at any depth
 * @source Gomez et al. 2017 (arXiv 1707.04585); Kitaev et al. 2020 (arXiv 2001.04451) §3
 * @example
 * const half = defineLayer({ name: 'half', run: (_, x) => mul(x, 0.5) });
 * const sequence = reversibleSequence([{ f: half, g: half }]);
 * const y = sequence.apply({}, tensor1d([8, 2]));
 * await y.data(); // => [9, 6.5]
 * await sequence.invert({}, y).data(); // => [8, 2]
 */
export function reversibleSequence<const Blocks extends readonly ReversibleBlock[]>(
  blocks: Blocks,
  config: ReversibleSequenceConfig = {},
): ReversibleSequence<ContextOfBlocks<Blocks>, OutputOfBlocks<Blocks>> {
  requireKnown(caller, config, { keepEvery: true });
  const named = namedBlocks(caller, blocks);
  const { keepEvery = named.length } = config;
  requireInteger(caller, { keepEvery }, 1);
  const segments = Array.from({ length: Math.ceil(named.length / keepEvery) }, (_, nth) =>
    named.slice(nth * keepEvery, (nth + 1) * keepEvery),
  );
  const common = { name: caller, parts: partsOf(named), check: checkStreams };

  const forward = defineLayer({
    ...common,
    run(own, x: Tensor, context: LayerContext) {
      const state: Record<string, Tensor | number> = {};
      let hidden = x;
      for (const segment of segments) {
        const after = runSegment(own.caller, segment, hidden, own, context);
        Object.assign(state, after.state);
        hidden = after.y;
      }
      return hasState(named) ? { hidden, state } : hidden;
    },
  });
  const streams = defineLayer({
    ...common,
    run(own, x: Tensor, context: LayerContext) {
      const state: Record<string, Tensor | number> = {};
      const between = [x];
      for (const block of named) {
        const after = runSegment(own.caller, [block], between.at(-1) as Tensor, own, context);
        Object.assign(state, after.state);
        between.push(after.y);
      }
      const hidden = (between.at(-1) as Tensor).clone();
      return { hidden, streams: [x.clone(), ...between.slice(1)], ...(hasState(named) ? { state } : {}) };
    },
  });
  const backward = defineLayer({
    ...common,
    run: (own, y: Tensor, context: LayerContext) =>
      joinStreams([...named].reverse().reduce((streams, block) => uncouple(block, streams, { ...own, context }), splitStreams(y))),
  });
  const errors = defineLayer({
    ...common,
    run: (own, x: Tensor, context: LayerContext) => errorsOfBlocks(segments, splitStreams(x), { ...own, context }),
  });

  return stamped({
    ...(forward as object as Layer<ContextOfBlocks<Blocks>, OutputOfBlocks<Blocks>>),
    streams: streams as object as Layer<ContextOfBlocks<Blocks>, StreamsResult>,
    invert: (parameters, y, ...context) => hiddenOf(backward.apply(parameters, y, ...(context as [LayerContext?]))),
    reconstructionError: (parameters, x, ...context) => readErrors(hiddenOf(errors.apply(parameters, x, ...(context as [LayerContext?])))),
  });
}
