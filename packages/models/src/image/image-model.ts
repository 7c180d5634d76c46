import type { GridContext } from '@longspan/attention-sparse';
import { defineLayer, type Layer, type LayerContext, layerNorm } from '@longspan/core-tensor';
import type { SwinStagesOutput } from '@longspan/hierarchical';
import { mean } from '@tensorflow/tfjs-core';
import type { EncoderContext, EncoderOutput } from '../encoder/encoder-model.ts';
import { askedStates } from '../encoder/hidden-states.ts';
import { patchEmbeddings, patchGrid } from './patch-embeddings.ts';
import { lastWidth, type SwinKeys } from './swin-kinds.ts';

/** The embeddings of a config's patches. */
export const embeddingsOf = (name: string, config: SwinKeys): Layer =>
  patchEmbeddings({
    name,
    channels: config.numChannels,
    patchSide: config.patchSize,
    width: config.embedDim,
    hiddenDropout: config.hiddenDropoutProb,
    standardDeviation: config.initializerRange,
  });

/**
 * Patches, stages, a norm, and the mean over the tokens of the last stage: `embeddings`, `encoder`, `layernorm`.
 * @shape pixels [b, channels, height, width] -> hidden [b, tokens, width], pooled [b, width]
 */
export function imageModel(
  name: string,
  config: SwinKeys,
  stages: Layer<GridContext, SwinStagesOutput>,
): Layer<EncoderContext, EncoderOutput> {
  const embeddings = embeddingsOf(name, config);
  return defineLayer({
    name,
    parts: { embeddings, encoder: stages, layernorm: layerNorm({ width: lastWidth(config), epsilon: config.layerNormEps }) },
    reads: ['hiddenStates'],
    provides: ['grid'],
    check: (caller, pixels, context: LayerContext) => embeddings.check(caller, pixels, context),
    run({ parts }, pixels, context: EncoderContext) {
      const [, , height, width] = pixels.shape as [number, number, number, number];
      const embedded = parts.embeddings(pixels);
      const { hidden: last, states } = parts.encoder.all(embedded, { grid: patchGrid(height, width, config.patchSize) });
      const hidden = parts.layernorm(last);
      return { hidden, pooled: mean(hidden, 1), ...askedStates(context, [embedded, ...states]) };
    },
  }) as object as Layer<EncoderContext, EncoderOutput>;
}
