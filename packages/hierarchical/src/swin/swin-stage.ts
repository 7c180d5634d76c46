import { type GridContext, type SwinLayerConfig, swinLayer } from '@longspan/attention-sparse';
import type { Layer, LayerWrapper } from '@longspan/core-tensor';
import { type OptionKind, requireHeads, requireInteger, requireKnown } from '@longspan/core-tensor/error';
import { requireRate } from '@longspan/core-tensor/layer';
import { requireLayers } from '../layers/require-layers.ts';
import { patchMerging } from './patch-merging.ts';
import { type SwinStageOutput, shares, stageLayer } from './stage-layer.ts';

export interface SwinStageConfig extends Omit<SwinLayerConfig, 'shift' | 'stochasticDepth'> {
  /** Layers; every second one shifts its windows by half a window. */
  readonly depth: number;
  /** Share of the images of a batch whose attention is left out while training: of all layers, or of each; 0 by default. */
  readonly stochasticDepth?: number | readonly number[] | undefined;
  /** Whether the stage ends with patch merging; false by default. */
  readonly downsample?: boolean | undefined;
  /** Put around each layer: `recomputedLayer` of @longspan/reversible keeps only its inputs. */
  readonly wrapLayer?: LayerWrapper | undefined;
}

/** What stages have in common, however wide they are. */
type SwinCommon = Omit<SwinStageConfig, 'width' | 'heads' | 'innerWidth' | 'depth' | 'downsample' | 'stochasticDepth'>;

/** The names of what stages have in common. */
export const swinNames: Readonly<Record<keyof SwinCommon, true | OptionKind>> = {
  windowSide: true,
  activation: true,
  fixedWindows: 'flag',
  bias: 'flag',
  attentionDropout: true,
  epsilon: 'amount',
  hiddenDropout: true,
  chunkLength: true,
  wrapLayer: 'function',
};

/** Throws unless layers of these options can be made. */
export function requireSwin(caller: string, { windowSide, attentionDropout = 0, hiddenDropout = 0, chunkLength = 1 }: SwinCommon): void {
  requireInteger(caller, { windowSide, chunkLength }, 1);
  requireRate(caller, 'attentionDropout', attentionDropout);
  requireRate(caller, 'hiddenDropout', hiddenDropout);
}

/**
 * A stage of Swin: layers whose windows shift in every second one, then patch merging where configured. Parameters `blocks.N.…` (see
 * swinLayer) and `downsample.…` (see patchMerging), as in Hugging Face.
 * @shape x [b, height · width, c] -> { hidden, grid, tokens }: tokens as x; hidden the same, or merged
 *   [b, ceil(height / 2) · ceil(width / 2), 2 · c]
 * @throws as swinLayer and patchMerging
 * @cost that of its layers
 * @source Liu et al. 2021 (arXiv 2103.14030) §3.1; SwinStage of Hugging Face transformers 4.57
 * @example
 * const stage = swinStage({ width: 4, heads: 2, windowSide: 2, depth: 2, downsample: true });
 * const { hidden, grid } = stage.apply(stage.init(createKey(0)), ones([1, 12, 4]), { grid: { height: 3, width: 4 } });
 * [hidden.shape, grid]; // => [[1, 4, 8], { height: 2, width: 2 }]
 */
export function swinStage(config: SwinStageConfig): Layer<GridContext, SwinStageOutput> {
  requireKnown('swinStage', config, {
    ...swinNames,
    width: true,
    heads: true,
    innerWidth: true,
    depth: true,
    downsample: 'flag',
    stochasticDepth: true,
  });
  const { depth, downsample = false, wrapLayer = (layer) => layer, stochasticDepth, ...rest } = config;
  requireHeads('swinStage', { width: rest.width, heads: rest.heads });
  requireInteger('swinStage', { innerWidth: rest.innerWidth ?? 4 * rest.width }, 1);
  requireSwin('swinStage', config);
  requireLayers('swinStage', { depth }, 1);
  const shiftOf = (at: number): number => (at % 2 === 0 ? 0 : Math.floor(rest.windowSide / 2));
  const leftOut = shares('swinStage', stochasticDepth, depth);
  return stageLayer('swinStage', rest.width, () => ({
    blocks: Array.from({ length: depth }, (_, at) =>
      wrapLayer(swinLayer({ ...rest, shift: shiftOf(at), stochasticDepth: leftOut[at] as number })),
    ),
    // Not the epsilon of the layers: the reference takes the default there, whatever layer_norm_eps says.
    merge: downsample ? patchMerging({ width: rest.width }) : undefined,
  }));
}
