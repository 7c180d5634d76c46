import { type AttentionRows, defineLayer, type Layer, type LayerContext } from '@longspan/core-tensor';
import { dispose, type Tensor } from '@tensorflow/tfjs-core';
import { type ContextOfBlocks, hasState, namedBlocks, type OutputOfBlocks, partsOf, type ReversibleBlock } from './blocks.ts';
import { couple } from './coupling.ts';
import { checkStreams, joinStreams, splitStreams } from './streams.ts';

/**
 * The same blocks as an ordinary layer, whose activations the tape keeps: `reversibleSequence` without recomputation, to compare with.
 * @shape x [..., 2 · width], both streams side by side -> the same
 * @returns a tensor, or { hidden, state } where a branch has state
 * @throws ConfigError when a block is not a pair of layers; ShapeError when x does not hold two streams or a branch changes its shape
 * @cost the time of the branches; memory of all their activations when training
 * @source Gomez et al. 2017 (arXiv 1707.04585) eq. 6
 * @example
 * const half = defineLayer({ name: 'half', run: (_, x) => mul(x, 0.5) });
 * await plainSequence([{ f: half, g: half }]).apply({}, tensor1d([8, 2])).data(); // => [9, 6.5]
 */
export function plainSequence<const Blocks extends readonly ReversibleBlock[]>(
  blocks: Blocks,
): Layer<ContextOfBlocks<Blocks>, OutputOfBlocks<Blocks>> {
  const caller = 'plainSequence';
  const named = namedBlocks(caller, blocks);
  const layer = defineLayer({
    name: caller,
    parts: partsOf(named),
    check: checkStreams,
    run(own, x: Tensor, context: LayerContext) {
      const state: Record<string, Tensor | number> = {};
      const attentionWeights: Record<string, AttentionRows[string]> = {};
      let streams = splitStreams(x);
      for (const [at, block] of named.entries()) {
        const before = streams;
        const after = couple(block, before, { ...own, context });
        if (at === 0) dispose([before.x1, before.x2]); // copies of x that nobody needs any more
        Object.assign(state, after.state);
        Object.assign(attentionWeights, after.rows);
        streams = after.streams;
      }
      const hidden = joinStreams(streams);
      const rows = Object.keys(attentionWeights).length === 0 ? {} : { attentionWeights };
      if (hasState(named)) return { hidden, state, ...rows };
      return 'attentionWeights' in rows ? { hidden, ...rows } : hidden;
    },
  });
  return layer as object as Layer<ContextOfBlocks<Blocks>, OutputOfBlocks<Blocks>>;
}
