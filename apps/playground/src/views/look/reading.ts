import { attentionWeights, causal, sparseAttention } from '@longspan/attention-sparse';
import { type AttentionResult, crossEntropy, type Parameters } from '@longspan/core-tensor';
import { dispose, keep, mean, reshape, slice, softmax, type Tensor, tensor2d, tidy } from '@tensorflow/tfjs-core';
import type { Passage, Segment } from './passage.ts';
import { type Inputs, type ReaderSize, readerModel } from './reader-model.ts';

/** What the model makes of the text before a word. */
export interface Reading {
  readonly segments: readonly Segment[];
  readonly chosen: number;
  /** Bytes that were read. */
  readonly length: number;
  readonly layers: number;
  readonly heads: number;
  /** [layers, heads, length]: how much of its attention each head of each layer gives to each byte, at the word's last byte. */
  readonly weights: Float32Array;
  /** What the model expects next, likeliest first. */
  readonly next: readonly { readonly byte: number; readonly probability: number }[];
  /** Bits that each byte after the first took, on average. */
  readonly bits: number;
  readonly milliseconds: number;
}

/** An attention layer at work, with what causal attention makes of it. */
export interface Layered extends Inputs {
  readonly whole: AttentionResult;
}

/** A passage that was read. The tensors of its layers belong to the caller. */
export interface Read {
  readonly reading: Reading;
  readonly layers: readonly Layered[];
}

/** Lets the model read a passage, and keeps what its attention layers work on. */
export async function readPassage(
  { size, parameters }: { readonly size: ReaderSize; readonly parameters: Parameters },
  { bytes, segments, chosen }: Passage,
): Promise<Read> {
  const begin = performance.now();
  const { layers: count, heads } = size;
  const length = bytes.length;
  const seen: Inputs[] = [];
  const model = readerModel(size, ({ q, k, v, score }) => {
    for (const term of score) if ('table' in term) keep(term.table as Tensor);
    seen.push({ q: keep(q), k: keep(k), v: keep(v), score });
  });
  const [probabilities, bitsOfAll] = tidy(() => {
    const ids = tensor2d(Int32Array.from(bytes), [1, length], 'int32');
    const logits = model.apply(parameters, ids);
    const targets = tensor2d(Int32Array.from([...bytes.subarray(1), -100]), [1, length], 'int32');
    return [softmax(reshape(slice(logits, [0, length - 1, 0], [1, 1, 256]), [256])), mean(crossEntropy(logits, targets))];
  }) as [Tensor, Tensor];
  const [likely, [nats = 0]] = [await probabilities.data(), await bitsOfAll.data()];
  dispose([probabilities, bitsOfAll]);
  const layers = seen.map((inputs): Layered => {
    const { q, k, v, score } = inputs;
    return { ...inputs, whole: sparseAttention(q, k, v, { mask: causal(), score }) };
  });
  const weights = new Float32Array(count * heads * length);
  for (const [at, { q, k, score, whole }] of layers.entries()) {
    const rows = await rowsOf({ q, k, score, whole }, [length - 1]);
    weights.set(rows, at * heads * length);
  }
  const next = Array.from(likely, (probability, byte) => ({ byte, probability }))
    .sort((left, right) => right.probability - left.probability)
    .slice(0, 6);
  const reading: Reading = {
    segments,
    chosen,
    length,
    layers: count,
    heads,
    weights,
    next,
    bits: length > 1 ? nats / Math.LN2 : Number.NaN,
    milliseconds: performance.now() - begin,
  };
  return { reading, layers };
}

export function forget({ layers }: Pick<Read, 'layers'>): void {
  for (const { q, k, v, score, whole } of layers) {
    dispose([q, k, v, whole.out, whole.logSumExp]);
    for (const term of score) if ('table' in term) dispose(term.table as Tensor);
  }
}

/** Dense rows of the softmax of some queries, [heads, queries, length]. */
export async function rowsOf({ q, k, score, whole }: Omit<Layered, 'v'>, queries: readonly number[]): Promise<Float32Array> {
  const [, heads = 0, length = 0] = q.shape;
  const { keys, weights } = attentionWeights(q, k, { mask: causal(), score, logSumExp: whole.logSumExp, queries });
  const [keyOf, weightOf] = [await keys.data(), await weights.data()];
  const width = keys.shape.at(-1) as number;
  dispose([keys, weights]);
  const rows = new Float32Array(heads * queries.length * length);
  for (let row = 0; row < heads * queries.length; row++) {
    for (let at = row * width; at < (row + 1) * width; at++) {
      const key = keyOf[at] as number;
      if (key >= 0) rows[row * length + key] = weightOf[at] as number;
    }
  }
  return rows;
}
