import type { GridContext, TokenGrid } from '@longspan/attention-sparse';
import { defineLayer, type Layer, type LayerResult } from '@longspan/core-tensor';
import { ConfigError, inNameOf, show } from '@longspan/core-tensor/error';
import { checkGrid, requireRate } from '@longspan/core-tensor/layer';
import type { Tensor } from '@tensorflow/tfjs-core';
import { mergedGrid } from './patch-merging.ts';

/** `hidden` is what the stage ends with, patch merging included. */
export interface SwinStageOutput extends LayerResult {
  /** The grid of `hidden`. */
  readonly grid: TokenGrid;
  /** What its last layer gave, over the grid that came in: the same tensor as `hidden` in a stage without patch merging. */
  readonly tokens: Tensor;
}

/** What a stage is made of. */
export interface StageParts {
  readonly blocks: readonly Layer<GridContext>[];
  /** Halves the sides of the grid; undefined in the last stage. */
  readonly merge: Layer<GridContext> | undefined;
}

/** Layers of one width, under `blocks.N`, and then patch merging, under `downsample`. */
export function stageLayer(name: string, width: number, make: () => StageParts): Layer<GridContext, SwinStageOutput> {
  const { blocks, merge } = inNameOf(name, make);
  const parts: Readonly<Record<string, Layer<GridContext>>> = {
    ...Object.fromEntries(blocks.map((block, at) => [`blocks.${at}`, block])),
    ...(merge === undefined ? {} : { downsample: merge }),
  };
  return defineLayer({
    name,
    parts,
    reads: ['grid'],
    check: (caller, x, { grid }) => checkGrid(caller, x, width, grid),
    run({ parts: { downsample, ...bound } }, x, { grid }: GridContext) {
      const tokens = Object.values(bound).reduce((hidden, block) => block(hidden), x);
      return downsample === undefined ? { hidden: tokens, grid, tokens } : { hidden: downsample(tokens), grid: mergedGrid(grid), tokens };
    },
  });
}

/** The share of each of `count` layers: one for all, or one for each. */
export function shares(caller: string, given: number | readonly number[] | undefined, count: number): readonly number[] {
  const list = typeof given === 'object' && given !== null ? [...given] : Array.from({ length: count }, () => given ?? 0);
  for (const each of list) requireRate(caller, 'stochasticDepth', each);
  if (list.length === count) return list;
  throw new ConfigError({
    caller,
    problem: 'stochasticDepth must be one share, or one for each layer.',
    expected: `a number, or ${count} of them`,
    got: show(given),
    remedy: 'give one number for all layers.',
  });
}
