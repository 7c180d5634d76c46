import { add, concat, slice, type Tensor } from '@tensorflow/tfjs-core';
import { visiblePairs } from './attention/pairs.ts';
import { type Boundaries, groupCount, groupMeans, isOwn, memberCount, ownerOf, startOf } from './groups.ts';
import { gelu } from './layer/gelu.ts';
import { normed } from './layer/layer-norm.ts';
import { project } from './layer/linear.ts';
import { below, type Weights, weightOf } from './layer/weights.ts';
import { mixed, table } from './numbers/table.ts';
import { askedOf } from './pooling.ts';

// Attention between the levels of a text in both directions: Longspan's own, after Hierarchical Attention Networks (Yang et al. 2016).

/** One unit asks, and what it has heard goes through the feed-forward part. */
function updated(weights: Weights, x: Tensor, keys: Tensor, heads: number, counts: Tensor): Tensor {
  const between = add(x, askedOf(weights, normed(weights, 'norm', x), keys, { heads, counts }));
  const inner = gelu(project(weights, 'feed_forward.inner', normed(weights, 'feed_forward.norm', between)));
  return add(between, project(weights, 'feed_forward.outer', inner));
}

/** Sines and cosines in turn of the place of each unit among its parent's children: [units, width]. */
const places = (groups: Boundaries, width: number): Tensor =>
  table(memberCount(groups), width, (unit, column) => {
    const place = unit - startOf(groups, ownerOf(groups, unit));
    const angle = place / 10_000 ** ((2 * Math.floor(column / 2)) / width);
    return column % 2 === 0 ? Math.sin(angle) : Math.cos(angle);
  });

export interface LevelSizes {
  /** The groups that the units of each level make on the next one. */
  readonly levels: readonly Boundaries[];
  readonly heads: number;
  /** How far siblings hear each other, units. */
  readonly window: number;
}

/** One layer up and down the levels, over the means of what each unit holds. @returns the vectors of every level */
export function levelTransformer(weights: Weights, hidden: Tensor, { levels, heads, window }: LevelSizes): Tensor[] {
  const width = hidden.shape[2] as number;
  const means = [hidden];
  for (const groups of levels) means.push(mixed(groupMeans(groups), means.at(-1) as Tensor));
  const units = means.map((each, level) => {
    const own = slice(weightOf(weights, 'level.weight'), [level, 0], [1, width]);
    const groups = levels[level];
    return add(groups === undefined ? each : add(each, places(groups, width)), own);
  });
  // Upwards: a unit asks its children, as they are by then, and itself.
  const up = below(weights, 'layers.0.up');
  for (const [at, groups] of levels.entries()) {
    const [lower, own] = [units[at] as Tensor, units[at + 1] as Tensor];
    const [children, parents] = [memberCount(groups), groupCount(groups)];
    const counts = visiblePairs({ queries: parents, keys: children + parents }, ({ query: group, key }) =>
      key < children ? isOwn(groups, group, key) : key - children === group,
    );
    units[at + 1] = updated(up, own, concat([normed(up, 'norm', lower), normed(up, 'norm', own)], 1), heads, counts);
  }
  // Downwards: a unit asks its siblings, and its parent as it is by then.
  const down = below(weights, 'layers.0.down');
  for (const [at, groups] of [...levels.entries()].reverse()) {
    const [own, above] = [units[at] as Tensor, units[at + 1] as Tensor];
    const [children, parents] = [memberCount(groups), groupCount(groups)];
    const owners = Array.from({ length: children }, (_, unit) => ownerOf(groups, unit));
    const counts = visiblePairs({ queries: children, keys: children + parents }, ({ query: unit, key }) =>
      key < children ? owners[unit] === owners[key] && Math.abs(unit - key) <= window : owners[unit] === key - children,
    );
    units[at] = updated(down, own, concat([normed(down, 'norm', own), normed(down, 'norm', above)], 1), heads, counts);
  }
  return units.map((each) => normed(weights, 'norm', each));
}
