import type { Layer, LayerContext, Parameters } from '@longspan/core-tensor';
import { tidy } from '@tensorflow/tfjs-core';
import { bound, checkBlocks, checkStreams, initialised, type ReversibleBlock } from './blocks.ts';
import { couple, type Streams } from './coupling.ts';

/**
 * The same blocks as an ordinary layer, whose activations the tape keeps: the twin of `reversibleSequence`, to compare with.
 * @shape x1, x2 [...] of one shape -> the same
 * @throws ConfigError when a block is not a pair of branches; ShapeError when the streams differ in shape or a branch changes it
 * @cost the time of the branches; memory of all their activations when training
 * @source Gomez et al. 2017 (arXiv 1707.04585) eq. 6
 * @example
 * const half = { init: () => ({}), apply: (_, x) => mul(x, 0.5) };
 * const { x1, x2 } = plainSequence([{ f: half, g: half }]).apply({}, { x1: scalar(8), x2: scalar(2) });
 * [(await x1.data())[0], (await x2.data())[0]]; // => [9, 6.5]
 */
export function plainSequence(blocks: readonly ReversibleBlock[]): Layer<Streams, Streams> {
  const caller = 'plainSequence';
  checkBlocks(caller, blocks);
  return {
    init: (key) => initialised(blocks, key),
    apply(parameters: Parameters, inputs: Streams, context?: LayerContext): Streams {
      checkStreams(caller, inputs);
      return tidy(() => {
        let { x1, x2 } = inputs;
        for (const block of bound(blocks, parameters, context)) ({ x1, x2 } = couple(block, { x1, x2 }).streams);
        return { x1, x2 };
      });
    },
  };
}
