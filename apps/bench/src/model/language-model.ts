import { multiHeadAttention, slidingWindow } from '@longspan/attention-sparse';
import { chain, feedForward, type Layer, type LayerWrapper, linear, type RotaryOptions, transformerLayer } from '@longspan/core-tensor';
import { languageModel as anyLanguageModel, type LanguageModel } from '@longspan/models/language-model';

export interface LanguageModelSize {
  /** Features of a token. */
  readonly width: number;
  readonly heads: number;
  readonly layers: number;
  /** Bytes to the left that a byte sees in each layer, besides itself. */
  readonly left: number;
  /** Share of attention weights and of each branch's output that is dropped while training; 0 by default. */
  readonly dropout?: number;
}

/** Every byte is a token. */
export const vocabulary = 256;

/** How queries and keys are turned by their positions. */
export const turning: RotaryOptions = { style: 'half' };

/**
 * A byte-level language model: embedding, pre-norm layers of causal window attention (rotary positions) and feed-forward, a last
 * norm, and an output layer of its own.
 * @shape ids int32 [b, n] -> logits [b, n, 256]: each position's guess at the byte that follows it
 * @returns the model, with `loss` beside it
 * @param wrapHeads is put around the heads of each layer, with the parameters `query`, `key` and `value`, each `.weight`
 */
export function languageModel(size: LanguageModelSize, wrapHeads: LayerWrapper = (layer) => layer): LanguageModel<Record<string, Layer>> {
  const { width, heads, left, dropout = 0 } = size;
  const layer = (): Layer =>
    transformerLayer({
      width,
      attention: chain({
        heads: wrapHeads(
          multiHeadAttention({
            width,
            heads,
            mask: slidingWindow({ left, right: 0 }),
            rotary: turning,
            bias: false,
            output: false,
            attentionDropout: dropout,
          }),
        ),
        output: linear({ inFeatures: width, outFeatures: width }),
      }),
      feedForward: feedForward({ width, activation: 'geluTanh' }),
      hiddenDropout: dropout,
    });
  return anyLanguageModel({
    vocabulary,
    width,
    layers: Object.fromEntries(Array.from({ length: size.layers }, (_, index) => [`${index}`, layer()])),
    tied: false,
    standardDeviation: 0.5,
  });
}
