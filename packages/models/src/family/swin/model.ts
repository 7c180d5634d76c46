import type { Layer } from '@longspan/core-tensor';
import { inNameOf, requireKnown } from '@longspan/core-tensor/error';
import { swinStages } from '@longspan/hierarchical';
import { activations } from '../../config/kinds.ts';
import type { ConfigJson } from '../../config/read-config.ts';
import type { EncoderContext, EncoderOutput } from '../../encoder/encoder-model.ts';
import type { HeadedModel } from '../../head/headed-model.ts';
import type { Labels } from '../../head/losses.ts';
import { type BackboneOutput, backboneModel } from '../../image/backbone.ts';
import { imageClassification } from '../../image/image-head.ts';
import { imageModel } from '../../image/image-model.ts';
import { stageOptions } from '../../image/swin-kinds.ts';
import { type WrapOptions, wrapOptionNames } from '../../pretrained/family.ts';
import { type SwinConfig, swinConfig } from './config.ts';

export type SwinContext = EncoderContext;

const stagesOf = (config: SwinConfig, { wrapLayer }: WrapOptions, fixedWindows: boolean) =>
  swinStages({
    ...stageOptions(config),
    windowSide: config.windowSize,
    activation: activations[config.hiddenAct],
    epsilon: config.layerNormEps,
    fixedWindows,
    wrapLayer,
  });

/**
 * Swin: an image in patches, stages of layers that attend within (shifted) windows, each stage over a quarter of the patches of the one
 * before. Images have any size: they are filled up with zeros at the bottom and right as the reference does. Parameters as in Hugging
 * Face's SwinModel. Context: `hiddenStates`.
 * @shape pixels [b, channels, height, width] -> hidden [b, tokens of the last stage, width], pooled [b, width]: their mean
 * @throws ConfigError when heads do not divide a stage's width; apply: ShapeError for other channels
 * @cost O(patches · windowSize²) pairs in the first stage, half of that in the next
 * @source Liu et al. 2021 (arXiv 2103.14030); SwinModel of Hugging Face transformers 4.57
 * @example
 * const model = swinModel(swinConfig({ embedDim: 8, depths: [1, 1], numHeads: [2, 4], windowSize: 2 }));
 * const { hidden, pooled } = model.apply(model.init(createKey(0)), ones([1, 3, 15, 18]));
 * [hidden.shape, pooled.shape]; // => [[1, 6, 16], [1, 16]]
 */
export const swinModel = (config: ConfigJson | Partial<SwinConfig>, options: WrapOptions = {}): Layer<SwinContext, EncoderOutput> =>
  inNameOf('swinModel', () => modelOf('swinModel', swinConfig(config), options));

function modelOf(name: string, config: SwinConfig, options: WrapOptions): Layer<SwinContext, EncoderOutput> {
  requireKnown(name, options, wrapOptionNames);
  return imageModel(name, config, stagesOf(config, options, false));
}

/**
 * Swin with the feature maps of some of its stages (`outFeatures`). Windows stay as they are in images smaller than one, as in the
 * reference's backbone. Parameters as in Hugging Face's SwinBackbone. Context: `hiddenStates`.
 * @shape pixels [b, channels, height, width] -> featureMaps: [b, width, rows, columns] of each stage of outFeatures
 * @throws ConfigError for an unknown stage in outFeatures; else as swinModel
 * @cost that of swinModel
 * @source SwinBackbone of Hugging Face transformers 4.57
 * @example
 * const config = swinConfig({ embedDim: 8, depths: [1, 1], numHeads: [2, 4], windowSize: 2, outFeatures: ['stage1', 'stage2'] });
 * const model = swinBackbone(config);
 * model.apply(model.init(createKey(0)), ones([1, 3, 16, 16])).featureMaps.map(({ shape }) => shape); // => [[1, 8, 4, 4], [1, 16, 2, 2]]
 */
export const swinBackbone = (config: ConfigJson | Partial<SwinConfig>, options: WrapOptions = {}): Layer<SwinContext, BackboneOutput> =>
  inNameOf('swinBackbone', () => {
    requireKnown('swinBackbone', options, wrapOptionNames);
    const read = swinConfig(config);
    return backboneModel('swinBackbone', read, stagesOf(read, options, true));
  });

/**
 * Swin with logits of the classes of an image, and `loss` over `labels` (see `classificationLoss`).
 * @shape pixels [b, channels, height, width] -> hidden [b, labels]
 * @cost that of swinModel
 * @source SwinForImageClassification of Hugging Face transformers 4.57
 */
export const swinForImageClassification = (
  config: ConfigJson | Partial<SwinConfig>,
  options: WrapOptions = {},
): HeadedModel<SwinContext, Labels> =>
  inNameOf('swinForImageClassification', () => {
    const [name, read] = ['swinForImageClassification', swinConfig(config)] as const;
    return imageClassification(name, { name: 'swin', layer: modelOf(name, read, options) }, read);
  });
