import { type GridContext, type SwinV2LayerConfig, swinV2Layer } from '@longspan/attention-sparse';
import type { Layer, LayerWrapper } from '@longspan/core-tensor';
import { ConfigError, requireInteger, requireIntegers, requireKnown, show } from '@longspan/core-tensor/error';
import { patchMerging } from './patch-merging.ts';
import { stageLayer } from './stage-layer.ts';
import { type SwinStagesConfig, type SwinStagesOutput, stageSizes, stagesLayer } from './swin-stages.ts';

type OfStage = 'width' | 'heads' | 'innerWidth' | 'windowSide' | 'shift' | 'pretrainedWindowSide' | 'stochasticDepth';

export interface SwinV2StagesConfig
  extends Omit<SwinV2LayerConfig, OfStage>,
    Pick<SwinStagesConfig, 'width' | 'depths' | 'heads' | 'innerRatio' | 'stochasticDepth'> {
  /** Tokens along each side of the windows of each stage. */
  readonly windowSides: readonly number[];
  /** How far every second layer of each stage shifts its windows; half a window by default. */
  readonly shifts?: readonly number[] | undefined;
  /** Of each stage, tokens along each side of the windows that its bias was trained for; 0, the default, for these. */
  readonly pretrainedWindowSides?: readonly number[] | undefined;
  /** Put around each layer: `recomputedLayer` of @longspan/reversible keeps only its inputs. */
  readonly wrapLayer?: LayerWrapper | undefined;
}

const caller = 'swinV2Stages';

/**
 * The stages of Swin V2, one after the other: as swinStages, of layers whose norms follow attention and feed-forward part, and whose windows
 * are fixed. Parameters `layers.N.…`, as in Hugging Face's encoder.
 * @shape x [b, height · width, c] -> { hidden, grid, states, stages }
 * @throws ConfigError when the lists of stages are not of one length; else as swinV2Layer
 * @cost that of the stages
 * @source Liu et al. 2022 (arXiv 2111.09883); Swinv2Encoder of Hugging Face transformers 4.57
 * @example
 * const stages = swinV2Stages({ width: 4, windowSides: [2, 2], depths: [1, 1], heads: [1, 2] });
 * const { states, grid } = stages.apply(stages.init(createKey(0)), ones([1, 16, 4]), { grid: { height: 4, width: 4 } });
 * [states.map(({ shape }) => shape), grid]; // => [[[1, 4, 8], [1, 4, 8]], { height: 2, width: 2 }]
 */
export function swinV2Stages(config: SwinV2StagesConfig): Layer<GridContext, SwinStagesOutput> {
  requireKnown(caller, config, {
    width: true,
    depths: true,
    heads: true,
    innerRatio: 'positive',
    stochasticDepth: true,
    windowSides: true,
    shifts: true,
    pretrainedWindowSides: true,
    bias: 'flag',
    attentionDropout: true,
    activation: true,
    epsilon: 'amount',
    hiddenDropout: true,
    chunkLength: true,
    wrapLayer: 'function',
  });
  const { width, bias, attentionDropout, activation, epsilon, hiddenDropout, chunkLength, wrapLayer = (layer) => layer } = config;
  requireInteger(caller, { width }, 1);
  const sizes = stageSizes(caller, config);
  const sides = listOf('windowSides', config.windowSides, sizes.length, 1);
  const shifts = listOf('shifts', config.shifts ?? sides.map((side) => Math.floor(side / 2)), sizes.length, 0);
  const pretrained = listOf('pretrainedWindowSides', config.pretrainedWindowSides ?? sides.map(() => 0), sizes.length, 0);
  const common = { bias, attentionDropout, activation, epsilon, hiddenDropout, chunkLength };
  return stagesLayer(caller, () =>
    sizes.map(({ depth, downsample, stochasticDepth, ...own }, stage) => {
      const windows = { windowSide: sides[stage] as number, pretrainedWindowSide: pretrained[stage] as number };
      const layer = (at: number) =>
        swinV2Layer({
          ...common,
          ...own,
          ...windows,
          shift: at % 2 === 0 ? 0 : (shifts[stage] as number),
          stochasticDepth: stochasticDepth[at] as number,
        });
      return stageLayer(caller, own.width, () => ({
        blocks: Array.from({ length: depth }, (_, at) => wrapLayer(layer(at))),
        merge: downsample ? patchMerging({ width: own.width, normAfter: true }) : undefined,
      }));
    }),
  );
}

function listOf(name: string, given: readonly number[], stages: number, least: number): readonly number[] {
  const list = requireIntegers(caller, name, given, least);
  if (list.length === stages) return list;
  throw new ConfigError({
    caller,
    problem: `${name} must have one number for each stage.`,
    expected: `${stages} numbers  (set by depths)`,
    got: show(list),
    remedy: 'give the list one entry per stage.',
  });
}
