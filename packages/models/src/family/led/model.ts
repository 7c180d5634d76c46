import type { EncoderStates, LongformerContext } from '@longspan/attention-sparse';
import { defineLayer, dims, type Layer, type LayerContext, type LayerResult, type Padding } from '@longspan/core-tensor';
import { inNameOf, requireKind, requireKnown } from '@longspan/core-tensor/error';
import { attentionOf, checkPadding, partContext, specBelow } from '@longspan/core-tensor/layer';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { ConfigJson } from '../../config/read-config.ts';
import { requirePositions } from '../../encoder/require-positions.ts';
import { giving } from '../../head/next-tokens.ts';
import { type ModelOptions, modelOptionNames } from '../../pretrained/family.ts';
import { type LedConfig, ledConfig } from './config.ts';
import { shiftRight } from './shift-right.ts';
import { ledDecoder, ledEncoder, ledWords, requireTrainable } from './sides.ts';

export interface LedContext extends LongformerContext {
  /** int32 [b, m]: what the decoder reads; by default the ids themselves after `decoderStartTokenId`, without their last one. */
  readonly decoderIds?: Tensor | undefined;
  /** Which of `decoderIds` are padding; none by default. */
  readonly decoderPadding?: Padding | undefined;
  /** Whether the output holds the hidden states of all layers; false by default. */
  readonly hiddenStates?: boolean | undefined;
}

/** What LED gives. All tensors belong to the caller. */
export interface LedOutput extends LayerResult {
  /** [b, m, dModel]: the decoder's last layer. */
  readonly hidden: Tensor;
  /** [b, n, dModel]: the encoder's last layer. */
  readonly encoderHidden: Tensor;
  /** The decoder's embeddings and what each of its layers gave; where context.hiddenStates asks for them. */
  readonly hiddenStates?: readonly Tensor[];
  readonly encoderHiddenStates?: readonly Tensor[];
}

/**
 * LED, the Longformer that writes: an encoder with windows and global tokens, and a decoder that attends to it. Parameters as in Hugging
 * Face's LEDModel. Context: `padding`, `globals` (of the encoder's ids: give at least [0], the first token), `decoderIds`,
 * `decoderPadding`, `hiddenStates`.
 * @shape ids int32 [b, n] -> hidden [b, m, dModel], encoderHidden [b, n, dModel]
 * @throws ConfigError when heads do not divide dModel; apply: ConfigError for a text longer than its table of positions
 * @cost O(n · (attentionWindow + globals) + m · (m + n)) pairs
 * @source Beltagy et al. 2020 (arXiv 2004.05150) §7; LEDModel of Hugging Face transformers 4.57
 * @example
 * const sizes = { vocabSize: 9, dModel: 8, attentionWindow: 4, encoderLayers: 1, decoderLayers: 1, encoderFfnDim: 16, decoderFfnDim: 16 };
 * const model = ledModel({ ...sizes, encoderAttentionHeads: 2, decoderAttentionHeads: 2 });
 * const ids = tensor2d([[4, 5, 6]], [1, 3], 'int32');
 * const { hidden, encoderHidden } = model.apply(model.init(createKey(0)), ids, { globals: [0], decoderIds: tensor2d([[2]], [1, 1], 'int32') });
 * [hidden.shape, encoderHidden.shape]; // => [[1, 1, 8], [1, 3, 8]]
 */
export const ledModel = (config: ConfigJson | Partial<LedConfig>, options: ModelOptions = {}): Layer<LedContext, LedOutput> =>
  inNameOf('ledModel', () => modelOf('ledModel', ledConfig(config), options));

/** The body of a model with a head, whom errors name. */
export function modelOf(name: string, config: LedConfig, options: ModelOptions): Layer<LedContext, LedOutput> {
  requireKnown(name, options, modelOptionNames);
  const decoder = ledDecoder(name, config, { ...options, cache: false });
  const model = defineLayer({
    name,
    spec: specBelow('decoder', decoder.spec), // run by hand: what it reads of the context is not what the model is given
    parts: { shared: ledWords(config), encoder: ledEncoder(name, config, options) },
    reads: ['decoderIds', 'decoderPadding'],
    attentions: decoder.attentions.map((each) => `decoder.${each}`),
    check: (caller, ids, context) => checkIds(caller, config, ids, context),
    checkContext(caller, context) {
      requireTrainable(caller, config, context);
      if (context.hiddenStates !== undefined) requireKind(caller, 'context.hiddenStates', context.hiddenStates, 'flag');
      decoder.checkContext(caller, decoderContext(context, { hidden: ABSENT }));
    },
    run({ caller, parts, parameters, state }, ids, context: LedContext) {
      const { decoderIds = shiftRight(ids, config), padding } = context;
      const encoded = parts.encoder.all(parts.shared(ids));
      const read = decoderContext(context, { hidden: encoded.hidden, padding });
      const words = parts.shared(decoderIds);
      decoder.check(caller, words, read);
      const scope = { parameters: parameters.below('decoder'), state: state.below('decoder') };
      const decoded = decoder.run(scope, words, partContext(read, 'decoder'));
      const { hidden, hiddenStates } = decoded;
      const states = hiddenStates === undefined ? {} : { hiddenStates, encoderHiddenStates: encoded.hiddenStates ?? [] };
      return { hidden, encoderHidden: encoded.hidden, ...states, ...attentionOf(decoded, 'decoder') };
    },
  }) as Layer<LedContext, LedOutput>;
  return giving('hidden states', model);
}

/** Stands for states that are not there yet: only that some come is known before the encoder has run. */
const ABSENT = {} as Tensor;

const decoderContext = (
  { training, key, attentionWeights, hiddenStates, decoderPadding }: LedContext,
  encoder: EncoderStates,
): LayerContext & { readonly encoder: EncoderStates } => ({
  training,
  key,
  ...(attentionWeights === undefined ? {} : { attentionWeights }),
  encoder,
  ...{ hiddenStates, padding: decoderPadding },
});

function checkIds(caller: string, config: LedConfig, ids: Tensor, { padding, decoderIds, decoderPadding }: LedContext): void {
  const { b, n } = dims(caller, { ids: [ids, 'b n:int32'] });
  checkPadding(caller, padding, { batch: b, length: n });
  requirePositions(caller, n, config.maxEncoderPositionEmbeddings);
  const { m = n } = dims(caller, { decoderIds: [decoderIds, `?${b} m:int32`] });
  checkPadding(caller, decoderPadding, { batch: b, length: m });
  requirePositions(caller, m, config.maxDecoderPositionEmbeddings);
}
