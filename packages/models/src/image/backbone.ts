import type { GridContext } from '@longspan/attention-sparse';
import { defineLayer, type Layer, type LayerContext, type LayerResult, layerNorm } from '@longspan/core-tensor';
import { ConfigError, show } from '@longspan/core-tensor/error';
import type { TokenGrid } from '@longspan/core-tensor/layer';
import type { SwinStagesOutput } from '@longspan/hierarchical';
import { reshape, type Tensor, transpose } from '@tensorflow/tfjs-core';
import type { EncoderContext } from '../encoder/encoder-model.ts';
import { askedStates } from '../encoder/hidden-states.ts';
import { embeddingsOf } from './image-model.ts';
import { patchGrid } from './patch-embeddings.ts';
import type { SwinKeys } from './swin-kinds.ts';

/** What a backbone gives. All tensors belong to the caller. */
export interface BackboneOutput extends LayerResult {
  /** [b, tokens, width]: the last stage's, without its norm. */
  readonly hidden: Tensor;
  /** [b, width, height, width of the grid] for each of the config's outFeatures, each after a norm of its own, before patch merging. */
  readonly featureMaps: readonly Tensor[];
  /** The embeddings and what each stage gave before patch merging; where context.hiddenStates asks for them. */
  readonly hiddenStates?: readonly Tensor[];
}

/**
 * Patches and stages, and the feature maps of some of them: `embeddings`, `encoder`, `hidden_states_norms.STAGE`.
 * @shape pixels [b, channels, height, width] -> featureMaps, one for each of outFeatures
 */
export function backboneModel(
  name: string,
  config: SwinKeys,
  stages: Layer<GridContext, SwinStagesOutput>,
): Layer<EncoderContext, BackboneOutput> {
  const embeddings = embeddingsOf(name, config);
  const names = stageNamesOf(config);
  const chosen = (config.outFeatures ?? names.slice(-1)).map((feature) => stageOf(name, names, feature));
  const normName = (stage: number) => `hidden_states_norms.${names[stage]}`;
  // Not the epsilon of the layers: the reference takes the default here, whatever layer_norm_eps says.
  const norms: Readonly<Record<string, Layer>> = Object.fromEntries(
    chosen.map((stage) => [normName(stage), layerNorm({ width: config.embedDim * 2 ** Math.max(0, stage - 1), epsilon: 1e-5 })]),
  );
  return defineLayer({
    name,
    parts: { ...norms, embeddings: embeddings as Layer, encoder: stages as object as Layer } as Readonly<Record<string, Layer>>,
    reads: ['hiddenStates'],
    provides: ['grid'],
    check: (caller, pixels, context: LayerContext) => embeddings.check(caller, pixels, context),
    run({ parts }, pixels, context: EncoderContext) {
      const part = (of: string) => parts[of] as (typeof parts)[string];
      const [, , height, width] = pixels.shape as [number, number, number, number];
      const grid = patchGrid(height, width, config.patchSize);
      const embedded = part('embeddings')(pixels);
      const given = part('encoder').all(embedded, { grid } as LayerContext) as object as SwinStagesOutput;
      const tokens = [embedded, ...given.stages.map((stage) => stage.tokens)];
      const grids = [grid, grid, ...given.stages.map((stage) => stage.grid)];
      const featureMaps = chosen.map((stage) => featureMap(part(normName(stage))(tokens[stage] as Tensor), grids[stage] as TokenGrid));
      return { hidden: (tokens.at(-1) as Tensor).clone(), featureMaps, ...askedStates(context, tokens) };
    },
  }) as object as Layer<EncoderContext, BackboneOutput>;
}

/** [b, h · w, c] -> [b, c, h, w] */
function featureMap(tokens: Tensor, { height, width }: TokenGrid): Tensor {
  const [batch, , features] = tokens.shape as [number, number, number];
  return reshape(transpose(tokens, [0, 2, 1]), [batch, features, height, width]);
}

const stageNamesOf = ({ stageNames, depths }: SwinKeys): readonly string[] =>
  stageNames ?? ['stem', ...depths.map((_, at) => `stage${at + 1}`)];

function stageOf(caller: string, names: readonly string[], feature: string): number {
  const at = names.indexOf(feature);
  if (at >= 0) return at;
  throw new ConfigError({
    caller,
    problem: 'out_features must name stages.',
    expected: names.join(', '),
    got: show(feature),
    remedy: 'leave out_features out for the last stage.',
  });
}
