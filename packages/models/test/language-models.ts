import { causal, multiHeadAttention, type SelfAttentionContext } from '@longspan/attention-sparse';
import {
  createKey,
  feedForward,
  type Layer,
  normal,
  type Parameters,
  residual,
  type Spec,
  type StatefulResult,
} from '@longspan/core-tensor';
import { languageModel } from '../src/language-model/language-model.ts';

const sizes = { width: 8, heads: 2, mask: causal(), rotary: { style: 'half' } } as const;

/** A small causal language model that keeps keys and values, and the same that reads everything again, with the same parameters. */
export const cachedModel: Layer<SelfAttentionContext, StatefulResult> = languageModel({
  vocabulary: 11,
  width: 8,
  layers: {
    first: residual(multiHeadAttention({ ...sizes, cache: true })),
    feed: residual(feedForward({ width: 8 })),
    second: residual(multiHeadAttention({ ...sizes, cache: true })),
  },
});
export const wholeModel: Layer<SelfAttentionContext> = languageModel({
  vocabulary: 11,
  width: 8,
  layers: {
    first: residual(multiHeadAttention(sizes)),
    feed: residual(feedForward({ width: 8 })),
    second: residual(multiHeadAttention(sizes)),
  },
});

/** Weights by which no two tokens are alike, and whose attention is uneven. */
export const lively = ({ spec }: { readonly spec: Spec }, seed = 0): Parameters =>
  Object.fromEntries(
    Object.entries(spec).map(([name, { shape }]) => [name, normal(createKey(seed).fold(name), shape, { standardDeviation: 0.7 })]),
  );
