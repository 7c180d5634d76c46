import { crossEntropy, defineLayer, type LayerOutput } from '@longspan/core-tensor';
import { inNameOf, requireKnown, stamped } from '@longspan/core-tensor/error';
import { attentionOf, hiddenOf, requireContext, stateOf } from '@longspan/core-tensor/layer';
import type { HourglassContext } from '@longspan/hierarchical';
import type { ConfigJson } from '../../config/read-config.ts';
import type { NextTokenModel } from '../../head/headed-model.ts';
import type { Labels } from '../../head/losses.ts';
import { nextTokenLabels } from '../../head/next-token-labels.ts';
import { logitsToKeepName, type NextTokenContext } from '../../head/next-tokens.ts';
import { type WrapOptions, wrapOptionNames } from '../../pretrained/family.ts';
import { type HourglassModelConfig, hourglassConfig } from './config.ts';
import { askable, bodyWithLogits, type HourglassLanguageModelConfig } from './language-model.ts';

/** No blockSize: the levels choose their own. */
export interface HourglassOptions extends WrapOptions {
  /**
   * Whether what each level knows of the tokens so far is state, so that a call goes on where the last one ended; logits then predict the
   * next token, whatever shiftRight says. False by default.
   */
  readonly cache?: boolean | undefined;
  /** Vectors whose inner features of a feed-forward layer are there at one time; all by default. */
  readonly chunkLength?: number | undefined;
}

/** A config in the terms of the mechanism. */
function sizesOf(config: HourglassModelConfig, { cache = false, chunkLength, wrapLayer }: HourglassOptions): HourglassLanguageModelConfig {
  const { downsampling, upsampling, attentionWindow: left } = config;
  return {
    vocabulary: config.vocabSize,
    width: config.dModel,
    heads: config.nHeads,
    innerWidth: config.dFf,
    tokenLayers: config.vanillaLayers,
    hierarchy: config.hierarchy,
    downsampling: downsampling === 'attention' ? { attention: config.attentionDownsampling } : downsampling,
    upsampling: upsampling === 'attention' ? { attention: config.attentionUpsampling } : upsampling,
    window: left === undefined ? undefined : { left, right: 0 },
    epsilon: config.layerNormEps,
    hiddenDropout: config.dropout,
    shift: cache ? 0 : config.shiftRight,
    cache,
    chunkLength,
    wrapLayer,
  };
}

/**
 * Hourglass with logits of the next token, and `loss` over `labels` (int32 [b, n]: the ids themselves; −100 where there is none). With
 * shiftRight 1 logits t predict token t, with 0 token t + 1: the loss knows. Context: `padding`; with `cache: true` `state`.
 * @shape ids int32 [b, n], any n -> hidden [b, n, vocabSize]
 * @throws ConfigError when the hierarchy is not a palindrome, or heads do not divide dModel; apply: ShapeError when ids or padding do not fit
 * @cost that of hourglass of @longspan/hierarchical, and n · dModel · vocabSize multiply-adds
 * @source Nawrot et al. 2021 (arXiv 2110.13711); trax models/research/hourglass.py, HourglassLM
 * @example
 * const model = hourglassForCausalLanguageModel({ vocabSize: 5, dModel: 4, dFf: 8, nHeads: 2, hierarchy: '1@2' });
 * const ids = tensor2d([[1, 2, 3]], [1, 3], 'int32');
 * const parameters = model.init(createKey(0));
 * model.apply(parameters, ids).hidden.shape; // => [1, 3, 5]
 * (await model.loss.apply(parameters, ids, { labels: ids }).data())[0] > 0; // => true
 */
export function hourglassForCausalLanguageModel(
  config: ConfigJson | Partial<HourglassModelConfig>,
  options: HourglassOptions = {},
): NextTokenModel<HourglassContext, Labels> {
  const name = 'hourglassForCausalLanguageModel';
  requireKnown(name, options, { ...wrapOptionNames, cache: 'flag', chunkLength: true });
  const sizes = inNameOf(name, () => sizesOf(hourglassConfig(config), options));
  const logits = bodyWithLogits(name, sizes);
  const { spec, reads, states, check, checkContext } = logits;
  const made = { spec, states, check, checkContext };
  const withState = (output: LayerOutput) => (sizes.cache === true ? { state: stateOf(output) } : {});
  const model = defineLayer<HourglassContext & NextTokenContext, LayerOutput>({
    ...made,
    name,
    reads,
    attentions: logits.attentions,
    run(scope, ids, context) {
      const output = logits.run(scope, ids, context);
      return { hidden: hiddenOf(output), ...withState(output), ...attentionOf(output) };
    },
  });
  const loss = defineLayer<HourglassContext & Labels, LayerOutput>({
    ...made,
    name: `${name}.loss`,
    reads: [...reads.filter((each) => each !== logitsToKeepName), 'labels'],
    checkContext(caller, { labels, ...context }) {
      checkContext(caller, context);
      requireContext(caller, 'labels', labels, 'int32 [b, n], −100 where there is no loss');
    },
    run(scope, ids, { labels, ...context }) {
      const output = logits.run(scope, ids, context);
      const found = inNameOf(`${name}.loss`, () => crossEntropy(hiddenOf(output), sizes.shift === 1 ? labels : nextTokenLabels(labels)));
      return sizes.cache === true ? { hidden: found, state: stateOf(output) } : found;
    },
  });
  return askable(sizes, stamped({ ...model, loss })) as object as NextTokenModel<HourglassContext, Labels>;
}
