import type { Layer } from '@longspan/core-tensor';
import { inNameOf, requireKnown } from '@longspan/core-tensor/error';
import { swinV2Stages } from '@longspan/hierarchical';
import { activations } from '../../config/kinds.ts';
import type { ConfigJson } from '../../config/read-config.ts';
import type { EncoderContext, EncoderOutput } from '../../encoder/encoder-model.ts';
import type { HeadedModel } from '../../head/headed-model.ts';
import type { Labels } from '../../head/losses.ts';
import { imageClassification } from '../../image/image-head.ts';
import { imageModel } from '../../image/image-model.ts';
import { stageOptions } from '../../image/swin-kinds.ts';
import { type WrapOptions, wrapOptionNames } from '../../pretrained/family.ts';
import { type Swinv2Config, swinv2Config } from './config.ts';

export type Swinv2Context = EncoderContext;

/** Windows and shifts follow from the image size of the config, not from the image: the bias tables of small stages are made for them. */
function stagesOf(config: Swinv2Config, { wrapLayer }: WrapOptions) {
  const { imageSize, patchSize, windowSize, depths, pretrainedWindowSizes } = config;
  const height = typeof imageSize === 'number' ? imageSize : (imageSize[0] as number);
  const rows = depths.map((_, stage) => Math.floor(Math.floor(height / patchSize) / 2 ** stage));
  return swinV2Stages({
    ...stageOptions(config),
    windowSides: rows.map((side) => Math.max(1, Math.min(side, windowSize))),
    shifts: rows.map((side) => (side <= windowSize ? 0 : Math.floor(windowSize / 2))),
    pretrainedWindowSides: pretrainedWindowSizes?.slice(0, depths.length),
    activation: activations[config.hiddenAct],
    epsilon: config.layerNormEps,
    wrapLayer,
  });
}

/**
 * Swin V2: as Swin, with cosine attention, a bias that a small network makes of the offsets, and norms that follow attention and feed-forward
 * part. Images have any size: they are filled up with zeros at the bottom and right as the reference does. Parameters as in Hugging Face's
 * Swinv2Model. Context: `hiddenStates`.
 * @shape pixels [b, channels, height, width] -> hidden [b, tokens of the last stage, width], pooled [b, width]: their mean
 * @throws ConfigError when heads do not divide a stage's width; apply: ShapeError for other channels
 * @cost O(patches · windowSize²) pairs in the first stage, half of that in the next
 * @source Liu et al. 2022 (arXiv 2111.09883); Swinv2Model of Hugging Face transformers 4.57
 * @example
 * const model = swinv2Model(swinv2Config({ imageSize: 16, embedDim: 8, depths: [1, 1], numHeads: [2, 4], windowSize: 2 }));
 * const { hidden, pooled } = model.apply(model.init(createKey(0)), ones([1, 3, 15, 18]));
 * [hidden.shape, pooled.shape]; // => [[1, 6, 16], [1, 16]]
 */
export const swinv2Model = (config: ConfigJson | Partial<Swinv2Config>, options: WrapOptions = {}): Layer<Swinv2Context, EncoderOutput> =>
  inNameOf('swinv2Model', () => modelOf('swinv2Model', swinv2Config(config), options));

function modelOf(name: string, config: Swinv2Config, options: WrapOptions): Layer<Swinv2Context, EncoderOutput> {
  requireKnown(name, options, wrapOptionNames);
  return imageModel(name, config, stagesOf(config, options));
}

/**
 * Swin V2 with logits of the classes of an image, and `loss` over `labels` (see `classificationLoss`).
 * @shape pixels [b, channels, height, width] -> hidden [b, labels]
 * @cost that of swinv2Model
 * @source Swinv2ForImageClassification of Hugging Face transformers 4.57
 */
export const swinv2ForImageClassification = (
  config: ConfigJson | Partial<Swinv2Config>,
  options: WrapOptions = {},
): HeadedModel<Swinv2Context, Labels> =>
  inNameOf('swinv2ForImageClassification', () => {
    const [name, read] = ['swinv2ForImageClassification', swinv2Config(config)] as const;
    return imageClassification(name, { name: 'swinv2', layer: modelOf(name, read, options) }, read);
  });
