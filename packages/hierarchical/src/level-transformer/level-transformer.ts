import type { Sides } from '@longspan/attention-sparse/mask';
import {
  defineLayer,
  dims,
  embedding,
  type Layer,
  type LayerContext,
  type LayerWrapper,
  layerNorm,
  sinusoidalPositions,
} from '@longspan/core-tensor';
import { ConfigError, inNameOf, owned, requireHeads, requireInteger, requireKnown } from '@longspan/core-tensor/error';
import { reorderRows } from '@longspan/core-tensor/kernel';
import { requireContext } from '@longspan/core-tensor/layer';
import { rememberByIdentity } from '@longspan/core-tensor/memo';
import { add, expandDims, slice, type Tensor, tensor1d } from '@tensorflow/tfjs-core';
import { requireWindow } from '../groups/group-masks.ts';
import type { Groups } from '../groups/groups.ts';
import { type Levels, requireLevels } from '../groups/levels.ts';
import { requireLength } from '../groups/require-length.ts';
import { requireLayers } from '../layers/require-layers.ts';
import { meanPooling } from '../resample/pooling.ts';
import { type LevelLayerContext, type LevelOutput, levelLayer } from './level-layer.ts';
import { levelMasks } from './level-masks.ts';

export interface LevelTransformerConfig {
  /** Features of a vector, on all levels. */
  readonly width: number;
  readonly heads: number;
  /** Levels of the texts, that of the tokens included. */
  readonly levels: number;
  readonly layers: number;
  /** Features inside the feed-forward layers; 4 · width by default. */
  readonly innerWidth?: number | undefined;
  /** How many siblings to either side a unit attends to; 64 each by default. */
  readonly window?: Sides | undefined;
  /** Units, of all batch rows together, whose inner features of a feed-forward layer are there at one time; all by default. */
  readonly chunkLength?: number | undefined;
  /** Put around each update of a level: `recomputedLayer` of @longspan/reversible keeps only its inputs. */
  readonly wrapLayer?: LayerWrapper | undefined;
}

export interface LevelContext extends LayerContext {
  /** The same for all batch rows (see joinLevels for others). */
  readonly levels: Levels;
}

const name = 'levelTransformer';

/**
 * A transformer over all levels of a text at once. Each unit begins as the mean of its children; in each layer first every level
 * from the words up attends to its children, then every level from the top down attends to its siblings and its parent, so that one
 * layer is enough for a word of one paragraph to reach one of another. The layers are the same for all levels, which a learned vector
 * tells apart; a unit knows its place among its siblings by a sinusoid. Bidirectional, not causal.
 * Parameters `level.weight` and, for each layer, `layers.N.up` and `layers.N.down`, each with `norm`, `attention` and `feed_forward`.
 * @shape x [b, n, width], n units of the lowest level -> { hidden, states }: [b, units, width] for each level, lowest first
 * @throws ConfigError when heads do not divide width; apply: ConfigError when context.levels are of another number, ShapeError when x
 *   does not fit them
 * @cost O(layers · units · (width² + width · window)) time, units of all levels together: linear in the tokens whatever the text
 * @source ours; units by the text's own boundaries as in Yang et al. 2016 (HAN), both directions as in Chalkidis et al. 2022 (HAT)
 * @example
 * const levels = levelsOf({ names: ['word', 'sentence', 'text'], offsets: [[0, 3, 5], [0, 2]] });
 * const layer = levelTransformer({ width: 4, heads: 2, levels: 3, layers: 1 });
 * const { states } = layer.apply(layer.init(createKey(0)), ones([1, 5, 4]), { levels });
 * states.map(({ shape }) => shape); // => [[1, 5, 4], [1, 2, 4], [1, 1, 4]]
 */
export function levelTransformer(config: LevelTransformerConfig): Layer<LevelContext, LevelOutput> {
  requireKnown(name, config, {
    width: true,
    heads: true,
    levels: true,
    layers: true,
    innerWidth: true,
    window: true,
    chunkLength: true,
    wrapLayer: 'function',
  });
  const { width, heads, levels: count, layers, window = { left: 64, right: 64 }, chunkLength } = config;
  const { wrapLayer = (layer) => layer } = config;
  requireHeads(name, { width, heads });
  const { innerWidth = 4 * width } = config;
  requireLayers(name, { layers }, 1);
  requireInteger(name, { innerWidth, chunkLength: chunkLength ?? 1 }, 1);
  requireInteger(name, { levels: count }, 2);
  requireWindow(name, window);
  const own = owned(window);
  const masksOf = rememberByIdentity('levelTransformer masks', (levels: Levels) => levelMasks(levels, { window: own }));
  const one = () => levelLayer({ width, heads, innerWidth, chunkLength }, wrapLayer);
  return defineLayer({
    name,
    reads: ['levels'],
    provides: ['upper', 'masks'],
    parts: inNameOf(name, () => ({
      level: embedding({ vocabulary: count, width, standardDeviation: 0.02 }),
      layers: inTurn(Array.from({ length: layers }, one)),
      norm: layerNorm({ width }),
    })),
    check(caller, x, context) {
      dims(caller, { x: [x, `b n ${width}:float32`] });
      const levels = requireContext(caller, 'levels', context.levels, 'levelsOf({ names, offsets })');
      requireLevels(caller, 'context.levels', levels);
      requireLevelCount(caller, levels, count);
      requireLength(caller, 'x', x, 'members', levels.groups[0] as Groups);
    },
    run({ parts }, x, { levels }: LevelContext) {
      const [lowest, ...upper] = firstUnits(x, levels).map((each, level) => add(each, parts.level(tensor1d([level], 'int32'))));
      const { states } = parts.layers.all(lowest as Tensor, { upper, masks: masksOf(levels) });
      const normed = states.map((each) => parts.norm(each));
      return { hidden: normed[0] as Tensor, states: normed };
    },
  });
}

/** Layers over all levels, one after the other, by their numbers. */
function inTurn(layers: readonly Layer<LevelLayerContext, LevelOutput>[]): Layer<LevelLayerContext, LevelOutput> {
  const numbered: Readonly<Record<string, Layer<LevelLayerContext, LevelOutput>>> = Object.fromEntries(layers.entries());
  return defineLayer({
    name: 'levelLayers',
    parts: numbered,
    run({ parts }, x, { upper }: LevelLayerContext) {
      let states: readonly Tensor[] = [x, ...(upper ?? [])];
      for (const part of Object.values(parts)) states = part.all(states[0] as Tensor, { upper: states.slice(1) }).states;
      return { hidden: states[0] as Tensor, states };
    },
  });
}

/** The vectors that the layers begin with: means of children, and where the unit stands. */
function firstUnits(x: Tensor, { groups }: Levels): readonly Tensor[] {
  const means = [x];
  for (const each of groups) means.push(meanPooling(means.at(-1) as Tensor, each));
  const width = x.shape[2] as number;
  return means.map((each, level) => {
    const parents = groups[level];
    return parents === undefined ? each : add(each, ordinals(parents, width));
  });
}

/** The sinusoid of each unit's place among the children of its parent: [1, units, width]. */
function ordinals({ offsets, owners, largest }: Groups, width: number): Tensor {
  // A sine and a cosine for each frequency: an odd width leaves the last cosine out.
  const table = slice(sinusoidalPositions(Math.max(1, largest), width + (width % 2)), [0, 0], [-1, width]);
  const places = owners.map((group, member) => member - (offsets[group] as number));
  return reorderRows(expandDims(table, 0), places);
}

function requireLevelCount(caller: string, { names }: Levels, count: number): void {
  if (names.length === count) return;
  throw new ConfigError({
    caller,
    problem: 'context.levels must have as many levels as the layer.',
    expected: `${count} levels`,
    got: `${names.length} (${names.join(', ')})`,
    remedy: 'make the levels of all texts with the same options, and the layer for as many.',
  });
}
