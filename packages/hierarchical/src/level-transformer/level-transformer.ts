import type { Mask } from '@longspan/attention-sparse';
import { gatherRows, type Layer, type Parameters, parameter, scoped, sinusoidalPositions } from '@longspan/core-tensor';
import { ConfigError, requireHeads, requireInteger } from '@longspan/core-tensor/error';
import { reorderRows } from '@longspan/core-tensor/kernel';
import { rememberByIdentity } from '@longspan/core-tensor/memo';
import { add, concat, expandDims, slice, type Tensor, tensor1d, tidy } from '@tensorflow/tfjs-core';
import { childIntervals, ownIntervals, parentIntervals, siblingIntervals } from '../groups/group-masks.ts';
import type { Groups } from '../groups/groups.ts';
import { intervalMask } from '../groups/interval-mask.ts';
import type { Levels } from '../groups/levels.ts';
import { attend, attentionSpec, feedForward, feedForwardSpec, norm } from '../layer/head-attention.ts';
import { checkParameters, initialParameters, normSpec, type ParameterSpec, prefixedSpec } from '../layer/parameter-spec.ts';
import { chunkLength, type RecomputeConfig, recomputes, runPart } from '../layer/recomputed-part.ts';
import { requireLength, tokensOf } from '../layer/tokens-of.ts';
import { meanPooling } from '../resample/pooling.ts';

export interface LevelTransformerConfig extends RecomputeConfig {
  /** Features of a vector, on all levels. */
  readonly width: number;
  readonly heads: number;
  /** Levels of the texts, that of the tokens included. */
  readonly levels: number;
  readonly layers: number;
  /** Features inside the feed-forward layers; 4 · width when absent. */
  readonly innerWidth?: number;
  /** How far a unit looks at its siblings, to each side; 64 when absent. */
  readonly window?: number;
}

export interface LevelInputs {
  /** [b, n, width]: one vector for each unit of the lowest level; all batch rows have the same levels (see joinLevels for others). */
  readonly hidden: Tensor;
  readonly levels: Levels;
}

/** Which keys the units of a level see: the sequence of keys is made of two levels, end to end. */
export interface LevelMasks {
  /** upward[l]: the units of level l + 1 see their children among level l, then themselves among level l + 1. */
  readonly upward: readonly Mask[];
  /** downward[l]: the units of level l see their siblings among level l, then their parent among level l + 1. */
  readonly downward: readonly Mask[];
}

const caller = 'levelTransformer';

/**
 * The masks of a LevelTransformer; with queryOffset 0. Each pair of levels costs what its units fill, so all of them together are
 * linear in the tokens.
 * @throws ConfigError when the window is not an integer of at least 0
 * @example
 * const { upward, downward } = levelMasks(levelsOf({ names: ['word', 'text'], offsets: [[0, 3]] }), { window: 1 });
 * [upward[0].allows(0, 2), upward[0].allows(0, 3), downward[0].allows(0, 2), downward[0].allows(0, 3)]; // => [true, true, false, true]
 */
export function levelMasks({ names, groups }: Levels, { window }: { readonly window: number }): LevelMasks {
  requireInteger('levelMasks', { window }, 0);
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
      intervalMask(named(at, `siblings within ${window}`, 'parent'), [
        { keys: each.length, intervals: siblingIntervals(each, window) },
        { keys: each.count, intervals: parentIntervals(each) },
      ]),
    ),
  };
}

/**
 * A transformer over all levels of a text at once. Each unit begins as the mean of its children; in each layer first every level
 * from the words up asks its children, then every level from the top down asks its siblings and its parent, so that one layer is
 * enough for a word of one paragraph to reach one of another. The layers are the same for all levels, which a learned vector tells
 * apart; a unit knows its place among its siblings by a sinusoid. Bidirectional, not causal.
 * Parameters `level.weight` and, for each layer, `layers.N.up` and `layers.N.down`, each with `norm`, `attention` and `feed_forward`.
 * @shape inputs.hidden [b, n, width], n units of the lowest level; returns one tensor [b, units, width] for each level, lowest first
 * @throws ConfigError when heads do not divide width; apply: ConfigError when the text has another number of levels
 * @cost O(layers · units · (width² + width · window)) time, units of all levels together: linear in the tokens whatever the text
 * @source ours; units by the text's own boundaries as in Yang et al. 2016 (HAN), both directions as in Chalkidis et al. 2022 (HAT)
 * @example
 * const levels = levelsOf({ names: ['word', 'sentence', 'text'], offsets: [[0, 3, 5], [0, 2]] });
 * const layer = levelTransformer({ width: 4, heads: 2, levels: 3, layers: 1 });
 * const outs = layer.apply(layer.init(createKey(0)), { hidden: ones([1, 5, 4]), levels });
 * outs.map(({ shape }) => shape); // => [[1, 5, 4], [1, 2, 4], [1, 1, 4]]
 */
export function levelTransformer(config: LevelTransformerConfig): Layer<LevelInputs, readonly Tensor[]> {
  const { width, heads, levels: count, layers, innerWidth = 4 * width, window = 64 } = config;
  requireHeads(caller, { width, heads });
  requireInteger(caller, { layers, innerWidth }, 1);
  requireInteger(caller, { levels: count }, 2);
  requireInteger(caller, { window }, 0);
  const block: ParameterSpec = {
    ...normSpec('norm', width),
    ...attentionSpec('attention', width),
    ...feedForwardSpec('feed_forward', width, innerWidth),
  };
  const spec: ParameterSpec = {
    'level.weight': { shape: [count, width], start: 'table' },
    ...Object.assign(
      {},
      ...Array.from({ length: layers }, (_, at) => ({
        ...prefixedSpec(`layers.${at}.up`, block),
        ...prefixedSpec(`layers.${at}.down`, block),
      })),
    ),
    ...normSpec('norm', width),
  };
  const masksOf = rememberByIdentity('levelTransformer masks', (levels: Levels): LevelMasks => levelMasks(levels, { window }));
  return {
    init: (key) => initialParameters(spec, key),
    apply(parameters, { hidden, levels }) {
      tokensOf(caller, 'hidden', hidden, width);
      requireLevels(levels, count);
      requireLength(caller, 'hidden', hidden, 'members', levels.groups[0] as Groups);
      checkParameters(caller, spec, parameters);
      const masks = masksOf(levels);
      const run = { heads, recompute: recomputes(config.recompute, hidden) };
      return tidy(() => {
        let units = firstUnits(hidden, levels, parameter(parameters, 'level.weight', caller));
        for (let at = 0; at < layers; at++) {
          units = upwards(scoped(parameters, `layers.${at}.up`), units, masks, run);
          units = downwards(scoped(parameters, `layers.${at}.down`), units, masks, run);
        }
        return units.map((each) => norm(parameters, 'norm', each));
      });
    },
  };
}

/** The vectors that the layers begin with: means of children, where the unit stands, and on which level. */
function firstUnits(hidden: Tensor, { groups }: Levels, table: Tensor): readonly Tensor[] {
  const means = [hidden];
  for (const each of groups) means.push(meanPooling(means.at(-1) as Tensor, each));
  const width = hidden.shape[2] as number;
  return means.map((each, level) => {
    const parents = groups[level];
    const placed = parents === undefined ? each : add(each, ordinals(parents, width));
    const own = gatherRows(table, tensor1d([level], 'int32'));
    return add(placed, own);
  });
}

/** The sinusoid of each unit's place among the children of its parent: [1, units, width]. */
function ordinals({ offsets, owners, largest }: Groups, width: number): Tensor {
  // A sine and a cosine for each frequency: an odd width leaves the last cosine out.
  const table = slice(sinusoidalPositions(Math.max(1, largest), width + (width % 2)), [0, 0], [-1, width]);
  const places = owners.map((group, member) => member - (offsets[group] as number));
  return reorderRows(expandDims(table, 0), places);
}

interface Run {
  readonly heads: number;
  /** Whether the backward pass runs blocks a second time instead of keeping what they made. */
  readonly recompute: boolean;
}

/** One block for a level, which asks the norms of two levels end to end: x + attention of norm(x), then + feed_forward. */
function updated(parameters: Parameters, x: Tensor, asked: readonly [Tensor, Tensor], mask: Mask, { heads, recompute }: Run): Tensor {
  return runPart(recompute, parameters, [x, ...asked], (own, [x, one, other]) => {
    const keys = concat([norm(own, 'norm', one), norm(own, 'norm', other)], 1);
    const attended = add(x, attend(own, 'attention', { queries: norm(own, 'norm', x), keys }, { heads, mask }));
    return add(attended, feedForward(own, 'feed_forward', attended, recompute ? { chunkLength } : {}));
  });
}

/** From the lowest pair of levels to the top: each unit asks its children, as they are by then, and itself. */
function upwards(parameters: Parameters, units: readonly Tensor[], { upward }: LevelMasks, run: Run): readonly Tensor[] {
  const after = [units[0] as Tensor];
  upward.forEach((mask, at) => {
    const own = units[at + 1] as Tensor;
    after.push(updated(parameters, own, [after[at] as Tensor, own], mask, run));
  });
  return after;
}

/** From below the top to the lowest level: each unit asks its siblings, and its parent as it is by then. */
function downwards(parameters: Parameters, units: readonly Tensor[], { downward }: LevelMasks, run: Run): readonly Tensor[] {
  let above = units.at(-1) as Tensor;
  const after = [above];
  for (let at = downward.length - 1; at >= 0; at--) {
    const own = units[at] as Tensor;
    above = updated(parameters, own, [own, above], downward[at] as Mask, run);
    after.unshift(above);
  }
  return after;
}

function requireLevels({ names }: Levels, count: number): void {
  if (names.length === count) return;
  throw new ConfigError({
    caller,
    problem: 'the text has another number of levels than the layer.',
    expected: `${count} levels`,
    got: `${names.length} (${names.join(', ')})`,
    remedy: 'make the levels of all texts with the same options, and the layer for as many.',
  });
}
