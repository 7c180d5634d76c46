import { causal, multiHeadAttention } from '@longspan/attention-sparse';
import {
  applyLinear,
  distanceBias,
  feedForward,
  gatherRows,
  type Layer,
  relativeDistanceBuckets,
  type ScoreTerm,
  splitHeads,
  transformerLayer,
} from '@longspan/core-tensor';
import { wrapLayer } from '@longspan/core-tensor/layer';
import { type LanguageModel, languageModel } from '@longspan/models/language-model';
import { type Tensor, tensor1d, transpose } from '@tensorflow/tfjs-core';

/** As `reader.json` tells it. */
export interface ReaderSize {
  readonly width: number;
  readonly heads: number;
  readonly layers: number;
  readonly buckets: number;
  readonly maxDistance: number;
}

/** What the model is, how it came about, and how good it is: `reader.json`, which the bench writes. */
export interface ReaderAbout {
  readonly weights: string;
  readonly size: ReaderSize;
  readonly recipe: {
    readonly command: string;
    readonly seed: number;
    readonly steps: number;
    readonly batch: number;
    readonly length: number;
    readonly commit: string;
  };
  readonly figures: {
    readonly text: string;
    readonly parameters: number;
    readonly fileBytes: number;
    readonly trainingSeconds: number;
    readonly heldOutBits: number;
    readonly scoredBytes: number;
    readonly byContext: readonly { readonly context: number; readonly bits: number }[];
    readonly unigram: number;
    readonly bigram: number;
    readonly gzip: number;
  };
}

/** What an attention layer works on: queries, keys and values [1, heads, n, headDim], and what distances add to the scores. */
export interface Inputs {
  readonly q: Tensor;
  readonly k: Tensor;
  readonly v: Tensor;
  readonly score: readonly ScoreTerm[];
}

/**
 * The byte-level language model of `pnpm bench reader`: pre-norm layers of dense causal attention with learned biases by distance.
 * @param see receives what each attention layer works on, in their order
 */
export function readerModel(
  { width, heads, layers, buckets, maxDistance }: ReaderSize,
  see: (inputs: Inputs) => void = () => {},
): LanguageModel<Record<string, Layer>> {
  const relativeBias = { buckets, maxDistance, bidirectional: false };
  const bucketOf = relativeDistanceBuckets(relativeBias);
  const layer = (): Layer => {
    const attention = multiHeadAttention({ width, heads, mask: causal(), bias: false, relativeBias });
    const seen = wrapLayer(attention, (inner, x, { parameters }) => {
      const project = (name: string): Tensor => splitHeads(applyLinear(x, parameters.get(`${name}.weight`)), heads);
      const distances = Array.from({ length: 2 * maxDistance + 1 }, (_, at) => bucketOf(at - maxDistance));
      const table = transpose(gatherRows(parameters.get('relative_attention_bias.weight'), tensor1d(distances, 'int32')));
      see({ q: project('query'), k: project('key'), v: project('value'), score: [distanceBias(table, { center: maxDistance })] });
      return inner(x);
    });
    return transformerLayer({ width, attention: seen, feedForward: feedForward({ width, activation: 'geluTanh' }) });
  };
  return languageModel({
    vocabulary: 256,
    width,
    layers: Object.fromEntries(Array.from({ length: layers }, (_, index) => [`${index}`, layer()])),
    tied: false,
    standardDeviation: 0.5,
  });
}
