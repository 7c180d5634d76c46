import type { Mask, Sides } from '@longspan/attention-sparse/mask';
import { requireKnown } from '@longspan/core-tensor/error';
import { childIntervals, ownIntervals, parentIntervals, requireWindow, siblingIntervals, windowText } from '../groups/group-masks.ts';
import type { Groups } from '../groups/groups.ts';
import { intervalMask } from '../groups/interval-mask.ts';
import { type Levels, requireLevels } from '../groups/levels.ts';

/** Which keys the units of a level attend to: the sequence of keys is made of two levels, end to end. */
export interface LevelMasks {
  /** upward[l]: the units of level l + 1 attend to their children among level l, then to themselves among level l + 1. */
  readonly upward: readonly Mask[];
  /** downward[l]: the units of level l attend to their siblings among level l, then to their parent among level l + 1. */
  readonly downward: readonly Mask[];
}

/**
 * The masks of a LevelTransformer; with queryOffset 0. Each pair of levels costs what its units fill, so all of them together are
 * linear in the tokens.
 * @throws ConfigError when a side of the window is not an integer of at least 0
 * @example
 * const levels = levelsOf({ names: ['word', 'text'], offsets: [[0, 3]] });
 * const { upward, downward } = levelMasks(levels, { window: { left: 1, right: 1 } });
 * [upward[0].allows(0, 2), upward[0].allows(0, 3), downward[0].allows(0, 2), downward[0].allows(0, 3)]; // => [true, true, false, true]
 */
export function levelMasks(levels: Levels, options: { readonly window: Sides }): LevelMasks {
  requireLevels('levelMasks', 'levels', levels);
  requireKnown('levelMasks', options, { window: true });
  const { names, groups } = levels;
  const { window } = options;
  requireWindow('levelMasks', window);
  const named = (at: number, own: string, other: string): string =>
    `${names[at]}: ${own} and ${other} of ${(groups[at] as Groups).length} units`;
  return {
    upward: groups.map((each, at) =>
      intervalMask(named(at, 'children', 'itself'), [
        { keys: each.length, intervals: childIntervals(each) },
        { keys: each.count, intervals: ownIntervals(each.count) },
      ]),
    ),
    downward: groups.map((each, at) =>
      intervalMask(named(at, `siblings within ${windowText(window)}`, 'parent'), [
        { keys: each.length, intervals: siblingIntervals(each, window) },
        { keys: each.count, intervals: parentIntervals(each) },
      ]),
    ),
  };
}
