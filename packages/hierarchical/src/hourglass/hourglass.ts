import { dims, gatherRows, type Layer, type Parameters, parameter } from '@longspan/core-tensor';
import { ConfigError, requireHeads, requireInteger } from '@longspan/core-tensor/error';
import { concat, slice, type Tensor, tidy, zeros } from '@tensorflow/tfjs-core';
import { checkParameters, initialParameters, linearSpec, type ParameterSpec } from '../layer/parameter-spec.ts';
import type { RecomputeConfig } from '../layer/recomputed-part.ts';
import { tokensOf } from '../layer/tokens-of.ts';
import { bodySpec, type HourglassPlan, type Lengthening, runBody, type Shortening } from './hourglass-body.ts';
import { hourglassLevels } from './hourglass-levels.ts';
import { project } from './relative-heads.ts';

export interface HourglassConfig extends RecomputeConfig {
  /** Features of a vector, on all levels. */
  readonly width: number;
  readonly heads: number;
  /** Features inside the feed-forward layers; 4 · width when absent. */
  readonly innerWidth?: number;
  /** Layers over the tokens themselves, before and after the shorter levels. */
  readonly vanillaLayers: readonly [before: number, after: number];
  /** A palindrome of `layers@total` words: '2@3', '1@2 1@4 1@2'. None when absent: the plain model that an Hourglass is compared with. */
  readonly hierarchy?: string;
  /** By attention that starts from the average when absent. */
  readonly shortening?: Shortening;
  /** By attention that starts from a dense layer when absent. */
  readonly lengthening?: Lengthening;
  /** Vectors of a level, its own included, that a query of attention sees; all before it when absent, as in the paper. */
  readonly window?: number;
  /** Added to variances in the layer norms; 1e-6 when absent. */
  readonly epsilon?: number;
}

const caller = 'hourglass';

/**
 * Hourglass: layers over tokens, over shorter and shorter sequences of pooled vectors, and back, all of it causal: vector t of the
 * output depends on vectors 0 … t of the input. Each level shifts by its factor less 1 before it pools, so any length works and
 * nothing leaks. Relative positions in tokens, pre-norm blocks, GELU (tanh).
 * Parameters as in the fixtures: `context_bias`, `location_bias`, `before` and `after` (`layers.N.…`, `norm`), `valley` (`shorten`,
 * `before`, a deeper `valley` with an `after`, `lengthen`, `norm`).
 * @shape hidden [b, n, width], any n; returns the same
 * @throws ConfigError when the hierarchy is no palindrome, or heads do not divide width
 * @cost O(n · width²) for each layer over tokens, 1/total of that for one on a level; attention n² / 2 pairs over tokens, or
 *   n · window, and 1 / total² (1 / total) of that on a level
 * @source Nawrot et al. 2021 (arXiv 2110.13711); trax models/research/hourglass.py
 * @example
 * const layer = hourglass({ width: 4, heads: 2, vanillaLayers: [1, 1], hierarchy: '1@3' });
 * layer.apply(layer.init(createKey(0)), ones([1, 7, 4])).shape; // => [1, 7, 4]
 */
export function hourglass(config: HourglassConfig): Layer {
  const { width } = config;
  const body = prepared(config);
  return {
    init: (key) => initialParameters(body.spec, key),
    apply(parameters, hidden) {
      tokensOf(caller, 'hidden', hidden, width);
      checkParameters(caller, body.spec, parameters);
      return tidy(() => body.run(parameters, hidden));
    },
  };
}

export interface HourglassLanguageModelConfig extends HourglassConfig {
  /** How many different tokens there are. */
  readonly vocabulary: number;
  /**
   * 1: tokens move right by one first (a 0 comes in), so that logits t predict token t, as in trax. 0: logits t predict token t + 1.
   * 1 when absent.
   */
  readonly shift?: 0 | 1;
}

/**
 * A language model around an Hourglass: an embedding (`embedding.weight`), the layers, a dense layer (`logits`).
 * @shape ids int32 [b, n], any n; returns logits [b, n, vocabulary]
 * @throws as hourglass; ConfigError when vocabulary is not an integer of at least 1, or shift not 0 or 1
 * @cost that of hourglass and O(n · width · vocabulary)
 * @source trax models/research/hourglass.py, HourglassLM
 * @example
 * const model = hourglassLanguageModel({ vocabulary: 5, width: 4, heads: 2, vanillaLayers: [1, 1], hierarchy: '1@2' });
 * model.apply(model.init(createKey(0)), tensor2d([[1, 2, 3]], [1, 3], 'int32')).shape; // => [1, 3, 5]
 */
export function hourglassLanguageModel(config: HourglassLanguageModelConfig): Layer {
  const { vocabulary, width, shift = 1 } = config;
  requireInteger(caller, { vocabulary }, 1);
  if (shift !== 0 && shift !== 1) {
    throw new ConfigError({
      caller,
      problem: 'shift is not a number of tokens that a language model moves by.',
      expected: '0 or 1',
      got: String(shift),
      remedy: 'leave it out: logits t then predict token t.',
    });
  }
  const body = prepared(config);
  const spec: ParameterSpec = {
    'embedding.weight': { shape: [vocabulary, width], start: 'table' },
    ...body.spec,
    ...linearSpec('logits', width, vocabulary),
  };
  return {
    init: (key) => initialParameters(spec, key),
    apply(parameters, ids) {
      dims(caller, { ids: [ids, 'b n:int32'] });
      checkParameters(caller, spec, parameters);
      return tidy(() => {
        const [batch, length] = ids.shape as [number, number];
        const moved = shift === 0 ? ids : concat([zeros([batch, 1], 'int32'), slice(ids, [0, 0], [batch, length - 1])], 1);
        const hidden = gatherRows(parameter(parameters, 'embedding.weight', caller), moved);
        return project(parameters, 'logits', body.run(parameters, hidden));
      });
    },
  };
}

/** The parameters of an Hourglass and what it computes, its options checked. */
function prepared({
  width,
  heads,
  innerWidth = 4 * width,
  vanillaLayers,
  hierarchy,
  shortening = { attention: 'average' },
  lengthening = { attention: 'linear' },
  window,
  epsilon = 1e-6,
  recompute,
}: HourglassConfig): { readonly spec: ParameterSpec; readonly run: (parameters: Parameters, hidden: Tensor) => Tensor } {
  requireHeads(caller, { width, heads });
  requireInteger(caller, { innerWidth, window: window ?? 1 }, 1);
  requireInteger(caller, { 'vanillaLayers[0]': vanillaLayers[0], 'vanillaLayers[1]': vanillaLayers[1] }, 0);
  requireWay('shortening', shortening, ['average', 'linear']);
  requireWay('lengthening', lengthening, ['repeat', 'linear']);
  const levels = hierarchy === undefined ? [] : hourglassLevels(hierarchy);
  const plan: HourglassPlan = { width, innerWidth, shortening, lengthening, window, epsilon };
  return {
    spec: bodySpec({ ...plan, heads }, levels, vanillaLayers),
    run: (parameters, hidden) => runBody(parameters, hidden, { ...plan, recompute }, levels, vanillaLayers),
  };
}

function requireWay(name: string, way: Shortening | Lengthening, plain: readonly string[]): void {
  const word = typeof way === 'string' ? way : way.attention;
  if (plain.includes(word)) return;
  throw new ConfigError({
    caller,
    problem: `there is no such ${name}.`,
    expected: plain.map((each) => `'${each}' or { attention: '${each}' }`).join(', '),
    got: JSON.stringify(way),
    remedy: `choose one, or leave ${name} out.`,
  });
}
