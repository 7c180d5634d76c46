import type { CrossAttentionContext } from '@longspan/attention-sparse';
import { defineLayer, type LayerState, type Parameters, type StatefulResult } from '@longspan/core-tensor';
import { fill, type Tensor } from '@tensorflow/tfjs-core';
import { lastLogits } from '../../generation/steps/last-logits.ts';
import type { StepContext, StepResult, Steps, StepTokens } from '../../generation/steps/steps.ts';
import type { ModelOptions } from '../../pretrained/family.ts';
import type { LedConfig } from './config.ts';
import { logitsOf, logitsSpec } from './logits.ts';
import { ledDecoder, ledEncoder, ledWords } from './sides.ts';

/** What the encoder gave, among the states of the decoder. */
const encoded = 'encoder';

/** The encoder's states, and the keys and values that are made of them, are the same for every continuation of a text. */
const isOfEncoder = (name: string): boolean => name === encoded || name.includes('.encoder_attn.');

/** LED token by token: the encoder reads the text once, the decoder keeps keys and values, its own and the encoder's. */
export function ledSteps(name: string, config: LedConfig, options: ModelOptions): Steps {
  const words = ledWords(config);
  const encoder = defineLayer({
    name,
    parts: { 'led.shared': words, 'led.encoder': ledEncoder(name, config, options) },
    run: ({ parts }, ids) => parts['led.encoder'](parts['led.shared'](ids)),
  });
  const parts = { 'led.shared': words, 'led.decoder': ledDecoder(name, config, { ...options, cache: true }) };
  const decoder = defineLayer<CrossAttentionContext, StatefulResult, typeof parts>({
    name,
    spec: logitsSpec(config),
    parts,
    run({ parts, parameters }, ids) {
      const hidden = parts['led.decoder'](parts['led.shared'](ids));
      return { hidden: logitsOf(config, parameters, hidden), state: {} };
    },
  });
  const next = (parameters: Parameters, { ids, padding }: StepTokens, state: LayerState): StepResult => {
    const { [encoded]: hidden, ...kept } = state;
    const found = decoder.apply(parameters, ids, { encoder: { hidden: hidden as Tensor, padding }, state: kept });
    // The decoder hands out copies of what it was given of the encoder; the originals go on.
    const same = Object.entries(state).filter(([each]) => isOfEncoder(each));
    return { logits: lastLogits(name, ids, found.hidden), state: { ...found.state, ...Object.fromEntries(same) } };
  };
  return {
    name,
    spec: { ...encoder.spec, ...decoder.spec },
    side: 'right',
    endTokens: [config.eosTokenId],
    padToken: config.padTokenId,
    firstToken: config.decoderStartTokenId,
    isShared: isOfEncoder,
    start(parameters: Parameters, { ids, padding }: StepTokens, context: StepContext) {
      const hidden = encoder.apply(parameters, ids, { ...context, padding });
      const [batch] = ids.shape as [number, number];
      const first = fill([batch, 1], config.decoderStartTokenId, 'int32');
      return next(parameters, { ids: first, padding, read: 1 }, { [encoded]: hidden });
    },
    next,
  };
}
