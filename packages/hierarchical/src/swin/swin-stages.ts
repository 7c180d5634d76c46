import { type SwinLayerConfig, swinLayer } from '@longspan/attention-sparse';
import { contextOf, type Layer, type LayerContext, type Parameters, prefixed, scoped } from '@longspan/core-tensor';
import { ConfigError, requireInteger } from '@longspan/core-tensor/error';
import { dispose, tidy } from '@tensorflow/tfjs-core';
import { type RecomputeConfig, recomputes, runPart } from '../layer/recomputed-part.ts';
import { type ImageTokens, mergedGrid, patchMerging, requireGrid } from './patch-merging.ts';

export interface SwinStageConfig extends Omit<SwinLayerConfig, 'shift'>, RecomputeConfig {
  /** Layers; every second one shifts its windows by half a window. */
  readonly depth: number;
  /** Whether the stage ends with patch merging; false when absent. */
  readonly downsample?: boolean;
}

/** What a stage gives: the tokens of its last layer, and where it ends with patch merging what that made of them. */
export interface SwinStageOutput {
  readonly tokens: ImageTokens;
  readonly merged?: ImageTokens;
}

/**
 * A stage of Swin: layers whose windows shift in every second one, then patch merging where asked. Parameters `blocks.N.…` (see
 * swinLayer) and `downsample.…` (see patchMerging), as in Hugging Face.
 * @shape inputs.hidden [b, height · width, c]; tokens the same; merged [b, ceil(height / 2) · ceil(width / 2), 2 · c]
 * @throws as swinLayer and patchMerging
 * @cost that of its layers
 * @source Liu et al. 2021 (arXiv 2103.14030) §3.1; SwinStage of Hugging Face transformers 4.57
 * @example
 * const stage = swinStage({ width: 4, heads: 2, window: 2, depth: 2, downsample: true });
 * const { merged } = stage.apply(stage.init(createKey(0)), { hidden: ones([1, 12, 4]), grid: { height: 3, width: 4 } });
 * [merged.hidden.shape, merged.grid]; // => [[1, 4, 8], { height: 2, width: 2 }]
 */
export function swinStage(config: SwinStageConfig): Layer<ImageTokens, SwinStageOutput> {
  const { depth, downsample = false, recompute, ...rest } = config;
  requireInteger('swinStage', { depth }, 1);
  const blocks = Array.from({ length: depth }, (_, at) => swinLayer({ ...rest, shift: at % 2 === 0 ? 0 : Math.floor(rest.window / 2) }));
  // Not the epsilon of the layers: the reference takes the default there, whatever layer_norm_eps says.
  const merging = patchMerging({ width: rest.width });
  return {
    init: (key) => ({
      ...Object.assign({}, ...blocks.map((block, at): Parameters => prefixed(`blocks.${at}`, block.init(key.fold(`blocks.${at}`))))),
      ...(downsample ? prefixed('downsample', merging.init(key.fold('downsample'))) : {}),
    }),
    apply(parameters: Parameters, { hidden, grid }: ImageTokens, context?: LayerContext): SwinStageOutput {
      requireGrid('swinStage', { hidden, grid }, rest.width);
      const tokens = tidy(() =>
        blocks.reduce((x, block, at) => {
          const name = `blocks.${at}`;
          return runPart(recomputes(recompute, hidden), scoped(parameters, name), [x], (own, [x]) =>
            block.apply(own, { hidden: x, grid }, contextOf(context, name)),
          );
        }, hidden),
      );
      if (!downsample) return { tokens: { hidden: tokens, grid } };
      const merged = merging.apply(scoped(parameters, 'downsample'), { hidden: tokens, grid });
      return { tokens: { hidden: tokens, grid }, merged: { hidden: merged, grid: mergedGrid(grid) } };
    },
  };
}

export interface SwinStagesConfig extends Omit<SwinStageConfig, 'depth' | 'downsample' | 'heads' | 'innerWidth'> {
  /** Layers of each stage. */
  readonly depths: readonly number[];
  /** Heads of each stage. */
  readonly heads: readonly number[];
  /** Features between the dense layers behind the attention, as a multiple of the stage's width; 4 when absent. */
  readonly innerRatio?: number;
}

/**
 * The stages of Swin, one after the other: each but the last ends with patch merging, and the next is twice as wide. Parameters
 * `layers.N.…`, as in Hugging Face's encoder.
 * @shape inputs.hidden [b, height · width, c]; returns the output of each stage
 * @throws ConfigError when depths and heads are not as many; else as swinStage
 * @cost that of the stages
 * @source Liu et al. 2021 (arXiv 2103.14030) §3.1; SwinEncoder of Hugging Face transformers 4.57
 * @example
 * const stages = swinStages({ width: 4, window: 2, depths: [1, 1], heads: [1, 2] });
 * const outs = stages.apply(stages.init(createKey(0)), { hidden: ones([1, 16, 4]), grid: { height: 4, width: 4 } });
 * outs.map(({ tokens }) => tokens.hidden.shape); // => [[1, 16, 4], [1, 4, 8]]
 */
export function swinStages(config: SwinStagesConfig): Layer<ImageTokens, readonly SwinStageOutput[]> {
  const { depths, heads, innerRatio = 4, width, ...rest } = config;
  if (depths.length === 0 || depths.length !== heads.length) {
    throw new ConfigError({
      caller: 'swinStages',
      problem: 'depths and heads are not those of the same stages.',
      expected: 'one number for each stage in both, at least one stage',
      got: `depths [${depths.join(', ')}], heads [${heads.join(', ')}]`,
      remedy: 'give both lists one entry per stage.',
    });
  }
  const stages = depths.map((depth, at) => {
    const own = width * 2 ** at;
    const sizes = { width: own, heads: heads[at] as number, innerWidth: Math.trunc(innerRatio * own) };
    return swinStage({ ...rest, ...sizes, depth, downsample: at < depths.length - 1 });
  });
  const nameOf = (at: number): string => `layers.${at}`;
  return {
    init: (key) => Object.assign({}, ...stages.map((stage, at): Parameters => prefixed(nameOf(at), stage.init(key.fold(nameOf(at)))))),
    apply(parameters, inputs, context) {
      const outs: SwinStageOutput[] = [];
      let next: ImageTokens = inputs;
      try {
        for (const [at, stage] of stages.entries()) {
          const out = stage.apply(scoped(parameters, nameOf(at)), next, contextOf(context, nameOf(at)));
          outs.push(out);
          next = out.merged ?? out.tokens;
        }
      } catch (error) {
        for (const { tokens, merged } of outs) dispose([tokens.hidden, merged?.hidden ?? []]);
        throw error;
      }
      return outs;
    },
  };
}
