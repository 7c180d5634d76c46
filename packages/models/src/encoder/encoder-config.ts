import * as z from 'zod/mini';
import { activation, count, epsilon, type GeneralConfig, general, type HiddenActivation, layerCount, rate } from '../config/kinds.ts';
import type { Unread } from '../config/read-config.ts';

/** The keys of BERT's config.json, in camelCase, as RoBERTa and others took them over. */
export interface EncoderConfig extends GeneralConfig {
  readonly vocabSize: number;
  readonly hiddenSize: number;
  readonly numHiddenLayers: number;
  readonly numAttentionHeads: number;
  readonly intermediateSize: number;
  readonly hiddenAct: HiddenActivation;
  readonly hiddenDropoutProb: number;
  readonly attentionProbsDropoutProb: number;
  readonly maxPositionEmbeddings: number;
  readonly layerNormEps: number;
  readonly classifierDropout?: number | undefined;
  readonly chunkSizeFeedForward: number;
}

/** What families say differently where config.json says nothing. */
export interface EncoderDefaults {
  readonly vocabSize: number;
  readonly layerNormEps: number;
}

type KindOf<Value> = z.ZodMiniType<Value, unknown>;

/** The schema of those keys, to be put into a family's own. */
export const encoderKinds = (defaults: EncoderDefaults): { readonly [Name in keyof EncoderConfig]-?: KindOf<EncoderConfig[Name]> } => ({
  ...general,
  vocabSize: z._default(count(), defaults.vocabSize),
  hiddenSize: z._default(count(), 768),
  numHiddenLayers: z._default(layerCount(0), 12),
  numAttentionHeads: z._default(count(), 12),
  intermediateSize: z._default(count(), 3072),
  hiddenAct: activation('gelu'),
  hiddenDropoutProb: rate(0.1),
  attentionProbsDropoutProb: rate(0.1),
  maxPositionEmbeddings: z._default(count(), 512),
  layerNormEps: epsilon(defaults.layerNormEps),
  classifierDropout: z.optional(z.number().check(z.gte(0), z.lt(1))),
  chunkSizeFeedForward: z._default(count(0), 0),
});

/** BERT's own keys besides: token types, and what an encoder with a table of positions says of itself. */
export interface TypedEncoderConfig extends EncoderConfig, Unread {
  readonly typeVocabSize: number;
  readonly padTokenId: number;
  readonly positionEmbeddingType: 'absolute';
  readonly isDecoder: false;
}

export const typedEncoderKinds = (
  defaults: EncoderDefaults & { readonly padTokenId: number },
): { readonly [Name in Exclude<keyof TypedEncoderConfig, 'unread'>]-?: KindOf<TypedEncoderConfig[Name]> } => ({
  ...encoderKinds(defaults),
  typeVocabSize: z._default(count(), 2),
  padTokenId: z._default(count(0), defaults.padTokenId),
  positionEmbeddingType: z._default(z.literal('absolute'), 'absolute'),
  isDecoder: z._default(z.literal(false), false),
});
