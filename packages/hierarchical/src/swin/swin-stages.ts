import type { GridContext, TokenGrid } from '@longspan/attention-sparse';
import { defineLayer, type Layer, type LayerResult } from '@longspan/core-tensor';
import {
  ConfigError,
  inNameOf,
  requireHeads,
  requireInteger,
  requireIntegers,
  requireKind,
  requireKnown,
  show,
} from '@longspan/core-tensor/error';
import { requireRate } from '@longspan/core-tensor/layer';
import type { Tensor } from '@tensorflow/tfjs-core';
import { requireLayerList } from '../layers/require-layers.ts';
import type { SwinStageOutput } from './stage-layer.ts';
import { requireSwin, type SwinStageConfig, swinNames, swinStage } from './swin-stage.ts';

export interface SwinStagesConfig extends Omit<SwinStageConfig, 'depth' | 'downsample' | 'heads' | 'innerWidth' | 'stochasticDepth'> {
  /** Layers of each stage. */
  readonly depths: readonly number[];
  /** Heads of each stage. */
  readonly heads: readonly number[];
  /** Features between the linear layers after the attention, as a multiple of the stage's width; 4 by default. */
  readonly innerRatio?: number | undefined;
  /**
   * Share of the images of a batch whose attention is left out by the last layer while training; it grows from 0 at the first one. 0 by
   * default.
   */
  readonly stochasticDepth?: number | undefined;
}

/** `hidden` is the last of the states, the same tensor. */
export interface SwinStagesOutput extends LayerResult {
  /** The grid of `hidden`. */
  readonly grid: TokenGrid;
  /** What each stage ends with, patch merging included, as Hugging Face's hidden_states. */
  readonly states: readonly Tensor[];
  /** All that each stage gives: the states with their grids, and the tokens before patch merging. */
  readonly stages: readonly SwinStageOutput[];
}

const caller = 'swinStages';

/**
 * The stages of Swin, one after the other: each but the last ends with patch merging, and the next is twice as wide. Parameters
 * `layers.N.…`, as in Hugging Face's encoder.
 * @shape x [b, height · width, c] -> { hidden, grid, states, stages }
 * @throws ConfigError when depths and heads are not as many; else as swinStage
 * @cost that of the stages
 * @source Liu et al. 2021 (arXiv 2103.14030) §3.1; SwinEncoder of Hugging Face transformers 4.57
 * @example
 * const stages = swinStages({ width: 4, windowSide: 2, depths: [1, 1], heads: [1, 2] });
 * const { states, grid } = stages.apply(stages.init(createKey(0)), ones([1, 16, 4]), { grid: { height: 4, width: 4 } });
 * [states.map(({ shape }) => shape), grid]; // => [[[1, 4, 8], [1, 4, 8]], { height: 2, width: 2 }]
 */
export function swinStages(config: SwinStagesConfig): Layer<GridContext, SwinStagesOutput> {
  requireKnown(caller, config, { ...swinNames, width: true, depths: true, heads: true, innerRatio: 'positive', stochasticDepth: true });
  requireInteger(caller, { width: config.width }, 1);
  requireSwin(caller, config);
  return stagesLayer(caller, () => stageSizes(caller, config).map((sizes) => swinStage({ ...common(config), ...sizes })));
}

const common = ({
  windowSide,
  bias,
  fixedWindows,
  attentionDropout,
  activation,
  epsilon,
  hiddenDropout,
  chunkLength,
  wrapLayer,
}: SwinStagesConfig) => ({
  windowSide,
  bias,
  fixedWindows,
  attentionDropout,
  activation,
  epsilon,
  hiddenDropout,
  chunkLength,
  wrapLayer,
});

/** Stages, one after the other, under `layers.N`. */
export function stagesLayer(
  caller: string,
  make: () => readonly Layer<GridContext, SwinStageOutput>[],
): Layer<GridContext, SwinStagesOutput> {
  const made = inNameOf(caller, make);
  const numbered: Readonly<Record<string, Layer<GridContext, SwinStageOutput>>> = Object.fromEntries(
    made.map((stage, at) => [`layers.${at}`, stage]),
  );
  return defineLayer({
    name: caller,
    parts: numbered,
    check: (caller, x, context: GridContext) => made[0]?.check(caller, x, context),
    run({ parts }, x, context: GridContext) {
      const stages: SwinStageOutput[] = [];
      let now: Pick<SwinStageOutput, 'hidden' | 'grid'> = { hidden: x, grid: context.grid };
      for (const part of Object.values(parts)) {
        const given = part.all(now.hidden, { grid: now.grid });
        stages.push(given);
        now = given;
      }
      return { hidden: now.hidden, grid: now.grid, states: stages.map(({ hidden }) => hidden), stages };
    },
  });
}

/** What is each stage's own. */
export type StageSizes = Required<Pick<SwinStageConfig, 'width' | 'heads' | 'innerWidth' | 'depth' | 'downsample'>> & {
  readonly stochasticDepth: readonly number[];
};

/** The sizes of each stage: each is twice as wide as the one before. */
export function stageSizes(
  caller: string,
  {
    depths: given,
    heads,
    innerRatio = 4,
    width,
    stochasticDepth = 0,
  }: Pick<SwinStagesConfig, 'depths' | 'heads' | 'innerRatio' | 'width' | 'stochasticDepth'>,
): readonly StageSizes[] {
  requireRate(caller, 'stochasticDepth', stochasticDepth);
  const depths = requireLayerList(caller, 'depths', given);
  requireKind(caller, 'heads', heads, 'list');
  if (depths.length === 0 || depths.length !== heads.length) {
    throw new ConfigError({
      caller,
      problem: 'depths and heads must have one number for each stage, and there must be a stage.',
      expected: 'one number for each stage in both, at least one stage',
      got: `depths ${show(depths)}, heads ${show(heads)}`,
      remedy: 'give both lists one entry per stage.',
    });
  }
  const headsOf = requireIntegers(caller, 'heads', heads, 1);
  const layers = depths.reduce((sum, depth) => sum + depth, 0);
  return depths.map((depth, at) => {
    const own = width * 2 ** at;
    const innerWidth = Math.trunc(innerRatio * own);
    const remedy = 'make fewer stages: each is twice as wide as the one before.';
    requireInteger(caller, { [`the width of stage ${at}`]: own }, 1, { remedy });
    requireInteger(caller, { [`innerRatio times the width of stage ${at}`]: innerWidth }, 1, { remedy: 'leave innerRatio out for 4.' });
    requireHeads(caller, { width: own, heads: headsOf[at] as number });
    const first = depths.slice(0, at).reduce((sum, each) => sum + each, 0);
    const leftOut = Array.from({ length: depth }, (_, nth) => (stochasticDepth * (first + nth)) / Math.max(1, layers - 1));
    return { width: own, heads: headsOf[at] as number, innerWidth, depth, downsample: at < depths.length - 1, stochasticDepth: leftOut };
  });
}
