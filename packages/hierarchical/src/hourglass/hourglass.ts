import type { Sides } from '@longspan/attention-sparse/mask';
import {
  defineLayer,
  dims,
  type Layer,
  type LayerContext,
  type LayerOutput,
  type LayerWrapper,
  type Padding,
  type StatefulResult,
} from '@longspan/core-tensor';
import {
  ConfigError,
  inNameOf,
  isRecord,
  type OptionKind,
  requireHeads,
  requireInteger,
  requireKind,
  requireKnown,
  show,
} from '@longspan/core-tensor/error';
import { checkPadding, requireRate, stateCount, transformerDraw, weightSpec } from '@longspan/core-tensor/layer';
import type { Tensor } from '@tensorflow/tfjs-core';
import { requireWindow, windowText } from '../groups/group-masks.ts';
import { requireLayers } from '../layers/require-layers.ts';
import { alignedRows } from './aligned-rows.ts';
import { levelLayers } from './inner-levels.ts';
import { zeroPadding } from './level-padding.ts';
import { hourglassLevels } from './levels.ts';
import type { Downsampling, HourglassPlan, Upsampling } from './plan.ts';

export interface HourglassConfig {
  /** Features of a vector, on all levels. */
  readonly width: number;
  readonly heads: number;
  /** Features inside the feed-forward layers; 4 · width by default. */
  readonly innerWidth?: number | undefined;
  /** Layers over the tokens themselves, before and after the shorter levels. */
  readonly tokenLayers: readonly [before: number, after: number];
  /** A palindrome of `layers@total` words: '2@3', '1@2 1@4 1@2'. None by default: the plain model that an Hourglass is compared with. */
  readonly hierarchy?: string | undefined;
  /** By attention whose queries are averages by default. */
  readonly downsampling?: Downsampling | undefined;
  /** By attention whose queries are made by a dense layer by default. */
  readonly upsampling?: Upsampling | undefined;
  /** Vectors of a level before its own that a query attends to; `right` must be 0. All before it by default, as in the paper. */
  readonly window?: Sides | undefined;
  /** Added to variances in the layer norms; 1e-6 by default. */
  readonly epsilon?: number | undefined;
  /**
   * What each level knows of the tokens so far is state: a call goes on where the last one ended, and gives the rows that one call over the
   * whole sequence would give. Takes no padding. False by default.
   */
  readonly cache?: boolean | undefined;
  /** Share of the features of each attention and feed-forward layer that is dropped while training; 0 by default. */
  readonly hiddenDropout?: number | undefined;
  /** Vectors, of all batch rows together, whose inner features of a feed-forward layer are there at one time; all by default. */
  readonly chunkLength?: number | undefined;
  /** Put around each layer and each step between levels: `recomputedLayer` of @longspan/reversible keeps only their inputs. */
  readonly wrapLayer?: LayerWrapper | undefined;
}

export interface HourglassContext extends LayerContext {
  /** Which vectors are padding; none by default. */
  readonly padding?: Padding | undefined;
}

/** The names of its config. */
const hourglassNames: Readonly<Record<keyof HourglassConfig, true | OptionKind>> = {
  width: true,
  heads: true,
  innerWidth: true,
  tokenLayers: true,
  hierarchy: 'text',
  downsampling: true,
  upsampling: true,
  window: true,
  epsilon: 'amount',
  cache: 'flag',
  hiddenDropout: true,
  chunkLength: true,
  wrapLayer: 'function',
};

/**
 * Hourglass: layers over tokens, over shorter and shorter sequences of pooled vectors, and back, all of it causal: vector t of the
 * output depends on vectors 0 … t of the input. Each level shifts by its factor less 1 before it pools, so any length works and
 * nothing leaks. Relative positions in tokens, pre-norm layers, GELU (tanh).
 *
 * Padding changes no token before or after it: neither at the end of a row nor at its beginning, however long.
 *
 * Rows of the softmax are those of each level among its own vectors. Of an attention that pools, the query g is a group, and the key m the
 * vector m − factor + 1 of the level above, or zeros before it; of one that goes back up, queries are vectors of the level above, keys groups.
 *
 * Parameters: `context_bias`, `location_bias`, `before` and `after` (`layers.N.…`, `norm`), `inner`, the inner levels
 * (`downsample`, `before`, a deeper `inner` with an `after`, `upsample`, `norm`).
 * @shape x [b, n, width], any n -> the same; rows of padding hold numbers that mean nothing; with a cache { hidden, state }
 * @throws ConfigError when the hierarchy is not a palindrome, or heads do not divide width; apply: ShapeError when x or context.padding
 *   does not fit
 * @cost O(n · width²) for each layer over tokens, 1/total of that for one on a level; attention n² / 2 pairs over tokens, or
 *   n · window, and 1 / total² (1 / total) of that on a level
 * @source Nawrot et al. 2021 (arXiv 2110.13711); trax models/research/hourglass.py
 * @example
 * const layer = hourglass({ width: 4, heads: 2, tokenLayers: [1, 1], hierarchy: '1@3' });
 * layer.apply(layer.init(createKey(0)), ones([1, 7, 4])).shape; // => [1, 7, 4]
 */
export function hourglass(config: HourglassConfig & { readonly cache?: false | undefined }): Layer<HourglassContext>;
export function hourglass(config: HourglassConfig & { readonly cache: true }): Layer<HourglassContext, StatefulResult>;
export function hourglass(config: HourglassConfig): object {
  requireKnown('hourglass', config, hourglassNames);
  return hourglassLayer('hourglass', config);
}

function hourglassLayer(caller: string, config: HourglassConfig): Layer<HourglassContext, LayerOutput> {
  const plan = planOf(caller, config);
  const { width, heads } = plan;
  const tokenLayers = tokenLayersOf(caller, config);
  const levels = config.hierarchy === undefined ? [] : hourglassLevels(caller, config.hierarchy);
  const layers = inNameOf(caller, () => levelLayers(plan, { layers: tokenLayers, total: 1 }, levels));
  const bias = weightSpec([heads, width / heads], transformerDraw);
  return defineLayer<HourglassContext, LayerOutput, typeof layers, 'biases' | 'seen'>({
    name: caller,
    spec: { context_bias: bias, location_bias: bias },
    parts: layers,
    reads: ['padding'],
    provides: ['biases', 'seen'],
    states: plan.cache ? ['position'] : [],
    check(caller, x, { padding }) {
      dims(caller, { x: [x, `b n ${width}:float32`] });
      const [batch, length] = x.shape as [number, number, number];
      if (plan.cache) requireNoPadding(caller, padding);
      checkPadding(caller, padding, { batch, length });
    },
    run({ caller, parameters, parts, state }, x, { padding, attentionWeights }: HourglassContext) {
      const seen = stateCount(state, 'position');
      const biases = { context: parameters.get('context_bias'), location: parameters.get('location_bias') };
      const run = (from: Tensor, of: Padding | undefined): Tensor =>
        Object.values(parts).reduce((hidden, part) => part(hidden, { biases, seen, padding: of }), from);
      if (plan.cache) return { hidden: run(x, padding), state: { position: seen + (x.shape[1] as number) } };
      // What stands in padding is nothing from here on: a NaN there would reach the gradients of weights that multiply whole rows.
      const given = zeroPadding(x, padding);
      const rows = alignedRows(padding, levels.at(-1)?.total ?? 1);
      if (rows !== undefined && attentionWeights !== undefined) throw turnedRows(caller);
      return rows === undefined ? run(given, padding) : rows.back(run(rows.turned(given), rows.padding));
    },
  });
}

function planOf(caller: string, config: HourglassConfig): HourglassPlan {
  const { width, heads, window, epsilon = 1e-6, hiddenDropout = 0, cache = false, chunkLength } = config;
  const { downsampling = { attention: 'average' }, upsampling = { attention: 'linear' }, wrapLayer = (layer) => layer } = config;
  requireHeads(caller, { width, heads });
  const { innerWidth = 4 * width } = config;
  requireInteger(caller, { innerWidth, chunkLength: chunkLength ?? 1 }, 1);
  requireRate(caller, 'hiddenDropout', hiddenDropout);
  requireWay(caller, 'downsampling', downsampling, ['average', 'linear']);
  requireWay(caller, 'upsampling', upsampling, ['repeat', 'linear']);
  if (window !== undefined) requireCausal(caller, window);
  return { width, heads, innerWidth, downsampling, upsampling, window, epsilon, hiddenDropout, cache, chunkLength, wrapLayer };
}

/** The layers over the tokens, copied. */
function tokenLayersOf(caller: string, { tokenLayers }: HourglassConfig): readonly [number, number] {
  requireKind(caller, 'tokenLayers', tokenLayers, 'list');
  if (tokenLayers.length !== 2) {
    throw new ConfigError({
      caller,
      problem: 'tokenLayers must hold two numbers of layers, before and after the shorter levels.',
      expected: '[before, after]',
      got: show(tokenLayers),
      remedy: 'give 0 for none: [2, 0].',
    });
  }
  const [before, after] = tokenLayers;
  requireLayers(caller, { 'tokenLayers[0]': before, 'tokenLayers[1]': after }, 0);
  return [before, after];
}

function requireNoPadding(caller: string, padding: Padding | undefined): void {
  if (padding === undefined || !padding.some) return;
  throw new ConfigError({
    caller,
    problem: 'context.padding must be left out with a cache.',
    expected: 'rows of tokens alone',
    got: `padding [${padding.batch}, ${padding.length}]`,
    remedy: 'decode rows of one length together, each group with a state of its own.',
  });
}

/** Positions of such rows are not those of the tokens, from one batch row to the next. */
const turnedRows = (caller: string): ConfigError =>
  new ConfigError({
    caller,
    problem: 'every row of the batch must begin with a token where rows of attention are asked for.',
    expected: 'padding that stands after the tokens',
    got: 'padding before the tokens, within a group of the innermost level',
    remedy: 'put the padding at the end, or leave context.attentionWeights out.',
  });

function requireCausal(caller: string, window: Sides): void {
  requireWindow(caller, window);
  if ((window.right ?? 0) === 0) return;
  throw new ConfigError({
    caller,
    problem: 'window.right must be 0, for the layer is causal.',
    expected: windowText({ ...window, right: 0 }),
    got: windowText(window),
    remedy: 'leave right at 0.',
  });
}

function requireWay(caller: string, name: string, way: Downsampling | Upsampling, plain: readonly string[]): void {
  if (isRecord(way)) requireKnown(`${caller} ${name}`, way, { attention: true });
  const word = isRecord(way) ? way.attention : way;
  if (plain.includes(word)) return;
  throw new ConfigError({
    caller,
    problem: `${name} must be one of ${plain.join(', ')}, or attention that starts from one of them.`,
    expected: plain.map((each) => `'${each}' or { attention: '${each}' }`).join(', '),
    got: show(way),
    remedy: `choose one, or leave ${name} out.`,
  });
}
