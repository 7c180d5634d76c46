import { defineLayer, type LayerContext, type LayerResult, linear, type Parameters, prefixed, scoped } from '@longspan/core-tensor';
import { type UniversalSentenceEncoderConfig, universalSentenceEncoderModel } from '@longspan/models/universal-sentence-encoder';
import type { Tensor } from '@tensorflow/tfjs-core';

/**
 * The encoder with its last linear map put on every token. It makes a text's vector of the mean of the tokens, through that map and tanh; an index
 * holds the means of units, and a mean and a linear map may change places: they are those vectors but for tanh. `pnpm bench retrieval`
 * holds the model's own vectors beside the means of its tokens as they are.
 */
export function mappedTokens(config: UniversalSentenceEncoderConfig, parameters: Parameters) {
  const parts = {
    encoder: universalSentenceEncoderModel(config),
    map: linear({ inFeatures: config.hiddenSize, outFeatures: config.outputSize }),
  };
  const model = defineLayer<LayerContext, LayerResult & { readonly hidden: Tensor }, typeof parts>({
    name: 'mappedTokens',
    parts,
    run: ({ parts: own }, ids) => ({ hidden: own.map(own.encoder(ids)) }),
  });
  const map = prefixed('map', scoped('pooler.dense.0', parameters));
  return { model, parameters: { ...prefixed('encoder', parameters), ...map }, config };
}
