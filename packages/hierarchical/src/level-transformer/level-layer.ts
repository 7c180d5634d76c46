import { defineLayer, type Layer, type LayerContext, type LayerResult, type LayerWrapper } from '@longspan/core-tensor';
import { requireContext } from '@longspan/core-tensor/layer';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { LevelMasks } from './level-masks.ts';
import { type LevelUpdateConfig, levelUpdate } from './level-update.ts';

/** Given by the levelTransformer: x are the units of the lowest level. */
export interface LevelLayerContext extends LayerContext {
  /** The units of all levels above, lowest first. */
  readonly upper?: readonly Tensor[] | undefined;
  readonly masks?: LevelMasks | undefined;
}

/** `hidden` is the first of the states, the same tensor. */
export interface LevelOutput extends LayerResult {
  /** The units of each level, lowest first: [b, units, width]. */
  readonly states: readonly Tensor[];
}

/** One pass `up` over all levels, then one `down`. */
export function levelLayer(config: LevelUpdateConfig, wrapLayer: LayerWrapper): Layer<LevelLayerContext, LevelOutput> {
  return defineLayer({
    name: 'levelLayer',
    reads: ['upper', 'masks'],
    provides: ['sources', 'mask'],
    parts: { up: wrapLayer(levelUpdate(config)), down: wrapLayer(levelUpdate(config)) },
    run({ caller, parts }, x, context: LevelLayerContext) {
      const upper = requireContext(caller, 'upper', context.upper, 'the units of all levels above');
      const { upward, downward } = requireContext(caller, 'masks', context.masks, 'the masks of the levels');
      // From the lowest pair of levels to the top: each unit attends to its children, as they are by then, and to itself.
      const updated = [x];
      for (const [at, own] of upper.entries()) updated.push(parts.up(own, { sources: [updated[at] as Tensor, own], mask: upward[at] }));
      // From below the top to the lowest level: each unit attends to its siblings, and to its parent as it is by then.
      let above = updated.at(-1) as Tensor;
      const states = [above];
      for (let at = downward.length - 1; at >= 0; at--) {
        const own = updated[at] as Tensor;
        above = parts.down(own, { sources: [own, above], mask: downward[at] });
        states.unshift(above);
      }
      return { hidden: above, states };
    },
  });
}
