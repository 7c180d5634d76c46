import { causal, multiHeadAttention } from '@longspan/attention-sparse';
import { feedForward, type Layer, transformerLayer } from '@longspan/core-tensor';
import { type LanguageModel, languageModel } from '@longspan/models/language-model';

/** As `reader.json` tells it to whoever loads the weights. */
export interface ReaderSize {
  /** Features of a byte. */
  readonly width: number;
  readonly heads: number;
  readonly layers: number;
  /** Rows of each layer's table of biases by distance. */
  readonly buckets: number;
  /** Bytes; this distance and all beyond it share the last bucket, so the model reads texts longer than those of its training. */
  readonly maxDistance: number;
}

/**
 * A byte-level language model that looks at every byte before: pre-norm layers of dense causal attention with learned biases by distance.
 * @shape ids int32 [b, n] -> logits [b, n, 256]
 */
export function readerModel({ width, heads, layers, buckets, maxDistance }: ReaderSize): LanguageModel<Record<string, Layer>> {
  const layer = (): Layer =>
    transformerLayer({
      width,
      attention: multiHeadAttention({
        width,
        heads,
        mask: causal(),
        bias: false,
        relativeBias: { buckets, maxDistance, bidirectional: false },
      }),
      feedForward: feedForward({ width, activation: 'geluTanh' }),
    });
  return languageModel({
    vocabulary: 256,
    width,
    layers: Object.fromEntries(Array.from({ length: layers }, (_, index) => [`${index}`, layer()])),
    tied: false,
    standardDeviation: 0.5,
  });
}
