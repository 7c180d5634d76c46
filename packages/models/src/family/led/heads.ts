import { defineLayer, dims } from '@longspan/core-tensor';
import { inNameOf, stamped } from '@longspan/core-tensor/error';
import { requireContext } from '@longspan/core-tensor/layer';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { ConfigJson } from '../../config/read-config.ts';
import type { Steps } from '../../generation/steps/steps.ts';
import type { HeadedModel, HeadOutput } from '../../head/headed-model.ts';
import { type Labels, tokenLoss } from '../../head/losses.ts';
import type { ModelOptions } from '../../pretrained/family.ts';
import { type LedConfig, ledConfig } from './config.ts';
import { logitsOf, logitsSpec } from './logits.ts';
import { type LedContext, type LedOutput, modelOf } from './model.ts';
import { shiftRight } from './shift-right.ts';
import { ledSteps } from './steps.ts';

/** Logits of every word for every token of the decoder, and what the encoder gave. */
export interface LedGenerationOutput extends HeadOutput {
  /** [b, n, dModel] */
  readonly encoderHidden: Tensor;
  readonly encoderHiddenStates?: readonly Tensor[];
}

/** LED that writes: `generate` of @longspan/models/generation takes it as it is. */
export interface LedForConditionalGeneration extends HeadedModel<LedContext, Labels, LedGenerationOutput> {
  /** How it is read token by token, with keys and values kept. */
  readonly steps: Steps;
}

/**
 * LED with logits of every word for every token that the decoder reads, `loss` over `labels` (int32 [b, m], −100 where there is none), which
 * the decoder reads shifted right where `decoderIds` are not given, and `steps` for `generate`.
 * @shape ids int32 [b, n] -> hidden [b, m, vocabSize], encoderHidden [b, n, dModel]
 * @cost that of ledModel, and m · dModel · vocabSize multiply-adds
 * @source LEDForConditionalGeneration of Hugging Face transformers 4.57
 */
export const ledForConditionalGeneration = (
  config: ConfigJson | Partial<LedConfig>,
  options: ModelOptions = {},
): LedForConditionalGeneration =>
  inNameOf('ledForConditionalGeneration', () => generatorOf('ledForConditionalGeneration', ledConfig(config), options));

function generatorOf(name: string, config: LedConfig, options: ModelOptions): LedForConditionalGeneration {
  const body = modelOf(name, config, options);
  const shared = { spec: logitsSpec(config), parts: { led: body } };
  const model = defineLayer<LedContext, LedGenerationOutput, { led: typeof body }>({
    name,
    ...shared,
    check: (caller, ids, context) => body.check(caller, ids, context),
    run({ parts, parameters }, ids) {
      const { hidden, ...others }: LedOutput = parts.led.all(ids);
      return { ...others, hidden: logitsOf(config, parameters, hidden) };
    },
  });
  const readByDecoder = (context: LedContext & Labels): Tensor => context.decoderIds ?? shiftRight(context.labels, config);
  const loss = defineLayer<LedContext & Labels, Tensor, { led: typeof body }>({
    name: `${name}.loss`,
    ...shared,
    reads: ['labels'],
    checkContext: (caller, { labels }) => void requireContext(caller, 'labels', labels, 'int32 [b, m], −100 where there is no loss'),
    check(caller, ids, context) {
      const { labels } = context;
      const [batch] = ids.shape;
      dims(caller, { labels: [labels, `${batch} m:int32`], decoderIds: [context.decoderIds, `?${batch} m:int32`] });
      body.check(caller, ids, { ...context, decoderIds: context.decoderIds ?? labels });
    },
    run({ parts, parameters }, ids, context) {
      const { hidden } = parts.led.all(ids, { decoderIds: readByDecoder(context) });
      return tokenLoss(logitsOf(config, parameters, hidden), context.labels);
    },
  });
  return stamped({ ...model, loss, steps: ledSteps(name, config, options) }) as object as LedForConditionalGeneration;
}
