import type { Layer, Parameters } from '@longspan/core-tensor';
import { ConfigError, requireKind, show } from '@longspan/core-tensor/error';
import type { Tensor } from '@tensorflow/tfjs-core';
import { poolTokens, requireModes } from '../../pooling/pool-tokens.ts';
import { type SentenceContext, sentenceLayer } from '../../pooling/sentence-layer.ts';
import type { PoolingMode } from '../../pooling/token-weights.ts';
import type { Sentence } from '../../sentence/sentence.ts';

/** How tokens were made vectors. */
export interface UsedPooling {
  /** Who says so: the checkpoint, where it is one of sentence-transformers, what was asked for, or else nobody: the mean. */
  readonly by: 'checkpoint' | 'options' | 'default';
  readonly modes: readonly PoolingMode[];
  /** Linear maps of the pooled vector, one after the other. */
  readonly dense: number;
  /** Whether vectors were brought to length 1. */
  readonly normalise: boolean;
}

export interface TextPooling {
  readonly used: UsedPooling;
  /** One vector of the tokens of a text, [1, n, width], or of each of several: [b, n, width]. Lengths stay as they come. */
  pool(tokens: Tensor): Tensor;
}

interface Asked {
  readonly modes?: readonly PoolingMode[] | undefined;
  readonly normalise?: boolean | undefined;
}

type WithSentence = { readonly sentence?: Sentence | undefined };

/** Throws unless `sentence` is what `fromPretrained` gives. */
export function requireSentence(caller: string, sentence: Sentence): void {
  requireKind(caller, 'model.sentence', sentence, 'record');
  requireKind(caller, 'model.sentence.pooling', sentence.pooling, 'record');
  requireModes(caller, sentence.pooling.modes);
  requireKind(caller, 'model.sentence.dense', sentence.dense, 'list');
  requireKind(caller, 'model.sentence.normalize', sentence.normalize, 'flag');
  requireKind(caller, 'model.sentence.parameters', sentence.parameters, 'record');
}

/** How texts are pooled: as it is asked for; else as the checkpoint does; else by the mean, to length 1. */
export function textPooling({ sentence }: WithSentence, { modes, normalise }: Asked): TextPooling {
  if (modes !== undefined || sentence === undefined) {
    const own = modes ?? ['mean'];
    const by = modes === undefined ? 'default' : 'options';
    return { used: { by, modes: own, dense: 0, normalise: normalise ?? true }, pool: (tokens) => poolTokens(tokens, { modes: own }) };
  }
  const { pooling, dense, parameters } = sentence;
  return {
    used: { by: 'checkpoint', modes: pooling.modes, dense: dense.length, normalise: normalise ?? sentence.normalize },
    pool: poolBy(pooling.modes, sentence, parameters),
  };
}

/** The checkpoint's pooling and linear maps, without the length of 1 that comes last. */
function poolBy(modes: readonly PoolingMode[], { pooling, dense }: Sentence, parameters: Parameters): (tokens: Tensor) => Tensor {
  let layer: Layer<SentenceContext> | undefined;
  return (tokens) => {
    layer ??= sentenceLayer({ width: pooling.width ?? (tokens.shape[2] as number), modes, includePrompt: pooling.includePrompt, dense });
    return layer.apply(parameters, tokens);
  };
}

/** What `embed` may be told of pooling. */
export type LatePoolingOption = 'mean' | undefined;

/** How the units of a document are pooled, and what a query must be asked with to be comparable. */
export interface LatePooling {
  readonly used: UsedPooling;
  /** From the mean of a unit's tokens to its vector, where the checkpoint has linear maps: [b, 1, width] -> [b, features]. */
  readonly project: ((means: Tensor) => Tensor) | undefined;
  readonly query: { readonly modes?: readonly PoolingMode[]; readonly normalise: true };
}

/**
 * Late chunking makes a vector of any tokens of a document: their mean, and then what the checkpoint does with a mean. What a checkpoint takes of
 * one token of a text alone, or of all of them at once, cannot be had of a part of it.
 * @throws ConfigError for a checkpoint that pools otherwise, unless the mean is asked for
 */
export function latePooling(caller: string, { sentence }: WithSentence, asked: LatePoolingOption): LatePooling {
  if (asked !== undefined && asked !== 'mean') throw notKnown(caller, asked);
  const plain = { modes: ['mean'], dense: 0, normalise: true } as const;
  if (asked !== undefined || sentence === undefined) {
    const by = asked === undefined ? 'default' : 'options';
    return { used: { ...plain, by }, project: undefined, query: { modes: ['mean'], normalise: true } };
  }
  const { pooling, dense, parameters } = sentence;
  const [mode, ...more] = pooling.modes;
  if (more.length > 0 || !(mode === 'mean' || (mode === 'mean_sqrt_len_tokens' && dense.length === 0)))
    throw notMean(caller, pooling.modes);
  return {
    used: { ...plain, by: 'checkpoint', dense: dense.length },
    project: dense.length === 0 ? undefined : poolBy(['mean'], sentence, parameters),
    query: { normalise: true },
  };
}

const notKnown = (caller: string, got: unknown): ConfigError =>
  new ConfigError({
    caller,
    problem: "pooling must be 'mean', or be left out.",
    expected: "'mean': of the tokens of each unit, whatever the checkpoint does",
    got: show(got),
    remedy: 'leave pooling out: then the checkpoint says how.',
  });

const notMean = (caller: string, modes: readonly PoolingMode[]): ConfigError =>
  new ConfigError({
    caller,
    problem: 'a document that is read in windows and pooled after must be pooled by the mean of tokens.',
    expected: "a checkpoint whose pooling is the mean  (set by 1_Pooling/config.json), or { pooling: 'mean' }",
    got: modes.join(', '),
    remedy:
      "give { pooling: 'mean' }, which the checkpoint was not trained for; or cut the document yourself, and embed its parts by embedTexts, which pools as the checkpoint does.",
  });
