import { applyLinear, type Lens, type Spec, stopGradient } from '@longspan/core-tensor';
import { biasSpec, linearWeightSpec, weightOf } from '@longspan/core-tensor/layer';
import { add, type Tensor } from '@tensorflow/tfjs-core';
import type { LedConfig } from './config.ts';

/** The table of words, which the logits are tied to. */
const tiedTo = 'led.shared.weight';
const own = 'lm_head.weight';
const bias = 'final_logits_bias';

export const logitsSpec = (config: LedConfig): Spec => ({
  ...(config.tieWordEmbeddings
    ? {}
    : { [own]: linearWeightSpec([config.vocabSize, config.dModel], { kind: 'normal', standardDeviation: config.initStd }) }),
  [bias]: biasSpec([1, config.vocabSize]),
});

/**
 * Logits of every word for every token. The bias is a buffer in Hugging Face: training leaves it alone.
 * @shape hidden [b, m, dModel] -> [b, m, vocabSize]
 */
export function logitsOf(config: LedConfig, parameters: Lens<Tensor>, hidden: Tensor): Tensor {
  const weight = config.tieWordEmbeddings ? parameters.get(tiedTo) : weightOf(parameters, own, [config.vocabSize, config.dModel]);
  return add(applyLinear(hidden, weight), stopGradient(parameters.get(bias)));
}
