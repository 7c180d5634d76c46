import {
  type AttentionRequest,
  createKey,
  defineLayer,
  dims,
  type Key,
  type Layer,
  linear,
  mergeHeads,
  type Own,
  type Parts,
  type StatefulResult,
  splitHeads,
  stopGradient,
} from '@longspan/core-tensor';
import { ConfigError, owned, requireInteger, requireKnown, show } from '@longspan/core-tensor/error';
import { type RowWeights, requireQueries, rowsOfHeads } from '@longspan/core-tensor/kernel';
import { attentionDropoutTerms, dropoutKey, requireRate, transformerDraw } from '@longspan/core-tensor/layer';
import { largestBlock } from '@longspan/core-tensor/layout';
import { slice, type Tensor } from '@tensorflow/tfjs-core';
import { type HashedBy, hashedAttention } from '../attention/hashed-attention.ts';
import { hashedRows } from '../attention/hashed-rows.ts';
import { lastQueries } from '../attention/last-queries.ts';
import { wholeChunks } from '../attention/whole-chunks.ts';
import { type BucketCount, bucketCountFor, factorsOf, product } from '../hash/bucket-count.ts';
import { apart, numbered, requireDirections } from '../hash/hash-buckets.ts';
import { drawRotations } from '../hash/rotations.ts';
import { tokenMarks } from '../hash/token-marks.ts';
import { cachedTokens, filledTokens, joined } from './cached-tokens.ts';
import { checkTokens, cropped, filledUp, type HeadSizes, headDimOf, type PaddingContext } from './tokens.ts';

export interface ReformerAttentionConfig extends HeadSizes {
  /** Tokens in a chunk (HF `lsh_attn_chunk_length`). */
  readonly chunkLength: number;
  /** Chunks before its own that a chunk attends to; 1 by default. */
  readonly chunksBefore?: number | undefined;
  /** Chunks after its own that a chunk attends to; 0 by default. */
  readonly chunksAfter?: number | undefined;
  /** Hashing rounds (HF `num_hashes`); 1 by default. A trained layer may be asked for more: `context.rounds`. */
  readonly rounds?: number | undefined;
  /** Buckets of a round (HF `num_buckets`); 'auto', that of `bucketCountFor`, by default. */
  readonly bucketCount?: BucketCount | 'auto' | undefined;
  /** The longest sequence that the model knows (HF `max_position_embeddings`), for 'auto'; the length itself by default. */
  readonly maxLength?: number | undefined;
  /** HF `is_decoder`; false by default. */
  readonly causal?: boolean | undefined;
  /** Rate at which attention weights are dropped while training; 0 by default. */
  readonly attentionDropout?: number | undefined;
  /**
   * Keys, values and buckets are state: a call goes on where the last one ended. Needs `causal` and a number of `buckets`, which must not
   * change as the text grows. False by default.
   */
  readonly cache?: boolean | undefined;
  /** Hashes alike in every call. Without it the context's key draws the rotations, and one and the same where there is none. */
  readonly hashKey?: Key | undefined;
}

export interface ReformerAttentionContext extends PaddingContext {
  /** Hashing rounds of this call instead of the layer's. */
  readonly rounds?: number | undefined;
  /** Hashes by these instead of drawing: [h, headDim, rounds, directions]. */
  readonly rotations?: Tensor | undefined;
}

const caller = 'reformerAttention';

/**
 * Reformer's attention of tokens that hash alike, with the parameters `query_key.weight` and `value.weight`; no output projection.
 * See `lshAttention` for what a token attends to, and for what causality does not hide.
 *
 * Of any length: beyond one chunk, what fills the last one up is masked as padding is, and cropped again. Its state, `buckets`, is a
 * choice: handed back it is used again instead of hashing, as the backward pass of a reversible stack does.
 *
 * With `cache: true` each call gives the last rows of one call over all tokens so far, from their query-keys, values and buckets, which are
 * state: nothing is projected or hashed twice, and a row reads the keys of its own chunks alone. They are not the rows of a longer text,
 * whose later tokens move the chunks.
 * @shape x [b, n, width] -> hidden [b, n, heads · headDim]; state.buckets int32 [b, h, rounds, n filled up to whole chunks], none where
 *   the sequence is no longer than a chunk; with a cache of all m tokens so far buckets [b, h, rounds, m], queryKeys and values
 *   [b, h, m, headDim], and position, m; context.padding is that of all of them
 * @throws ConfigError when the options contradict each other; apply: ShapeError, ConfigError when x or the context does not fit
 * @cost that of `lshAttention` and of two linear maps
 * @source Kitaev et al. 2020 (arXiv 2001.04451) §2; LSHSelfAttention of Hugging Face transformers 4.57
 * @example
 * const layer = reformerAttention({ width: 6, heads: 2, chunkLength: 4, rounds: 3, causal: true });
 * const { hidden, state } = layer.apply(layer.init(createKey(1)), uniform(createKey(2), [1, 10, 6]));
 * [hidden.shape, state.buckets.shape]; // => [[1, 10, 6], [1, 2, 3, 12]]
 */
export function reformerAttention(given: ReformerAttentionConfig): Layer<ReformerAttentionContext, StatefulResult> {
  requireKnown(caller, given, {
    chunkLength: true,
    chunksBefore: true,
    chunksAfter: true,
    rounds: true,
    bucketCount: true,
    maxLength: true,
    causal: 'flag',
    attentionDropout: true,
    cache: 'flag',
    hashKey: 'key',
    width: true,
    heads: true,
    headDim: true,
  });
  const config = owned(given);
  const { width, heads, chunkLength, chunksBefore = 1, chunksAfter = 0, causal = false, attentionDropout = 0, cache = false } = config;
  const headDim = headDimOf(caller, config);
  requireInteger(caller, { chunkLength }, 1, { atMost: largestBlock });
  requireInteger(caller, { rounds: config.rounds ?? 1, maxLength: config.maxLength ?? 1 }, 1);
  requireInteger(caller, { chunksBefore, chunksAfter }, 0);
  requireRate(caller, 'attentionDropout', attentionDropout);
  if (config.bucketCount !== undefined && config.bucketCount !== 'auto') factorsOf(caller, config.bucketCount);
  if (cache) requireCacheable(config);
  const projection = () => linear({ inFeatures: width, outFeatures: heads * headDim, bias: false, draw: transformerDraw });

  return defineLayer({
    name: caller,
    parts: { query_key: projection(), value: projection() },
    attentions: [''],
    reads: ['padding', 'rounds', 'rotations'],
    states: cache ? ['buckets', 'queryKeys', 'values', 'position'] : ['buckets'],
    replays: cache ? [] : ['buckets'],
    checkContext(name, context) {
      if (context.rounds !== undefined) requireInteger(name, { rounds: context.rounds }, 1);
      if (cache && attentionDropout > 0 && context.training === true) throw droppedWithCache(name);
      dims(name, { rotations: [context.rotations, `?${heads} ${headDim} rounds directions:float32`] });
      dropoutKey(name, attentionDropout, context);
    },
    check: (name, x, { padding }) => checkTokens(name, x, width, cache ? undefined : padding),
    run({ caller, parts, state, asked, tell }, x, context: ReformerAttentionContext) {
      if (cache)
        return decoded({ caller, state, asked, tell }, splitHeads(parts.query_key(x), heads), splitHeads(parts.value(x), heads), context);
      const [batch, length] = x.shape as [number, number];
      const filled = wholeChunks(length, chunkLength);
      const given = state.find('buckets') as Tensor | undefined;
      dims(caller, { buckets: [given, `?${batch} ${heads} rounds ${filled}:int32`] });
      const marks = tokenMarks(caller, context.padding, { batch, length, filled });
      const by = filled <= chunkLength ? undefined : given === undefined ? hashedBy(caller, filled, context) : { buckets: given };
      const whole = filledUp(x, filled);
      const queryKey = splitHeads(parts.query_key(whole), heads);
      const { out, buckets } = hashedAttention(queryKey, splitHeads(parts.value(whole), heads), {
        chunkLength,
        chunksBefore,
        chunksAfter,
        causal,
        dropout: attentionDropoutTerms(caller, attentionDropout, context, 'dropout')[0],
        padding: marks,
        by,
      });
      if (asked !== undefined) tell(rowsOf(caller, queryKey, asked, { first: 0, length, buckets, padding: marks }));
      return { hidden: cropped(mergeHeads(out), length), state: buckets === undefined ? {} : { buckets } };
    },
  });

  /** The rows that are asked for of queries that begin at a position. */
  function rowsOf(
    caller: string,
    queryKey: Tensor,
    asked: AttentionRequest,
    {
      first,
      length,
      ...of
    }: { readonly first: number; readonly length: number; readonly buckets: Tensor | undefined; readonly padding: Int32Array | undefined },
  ): RowWeights {
    requireQueries(caller, asked.queries, length - first);
    const queries = asked.queries.map((query) => query + first);
    const rows = hashedRows(queryKey, { chunkLength, chunksBefore, chunksAfter, causal, queries, ...of });
    return asked.heads === undefined ? rows : rowsOfHeads(caller, rows, asked.heads);
  }

  /** One call with a cache. */
  function decoded(
    { caller, state, asked, tell }: Pick<Own<Parts>, 'caller' | 'state' | 'asked' | 'tell'>,
    queryKey: Tensor,
    value: Tensor,
    context: ReformerAttentionContext,
  ): StatefulResult {
    const [batch, , count] = queryKey.shape as [number, number, number, number];
    const { rotations, factors } = rotationsFor(caller, config.bucketCount as BucketCount, context);
    const rounds = rotations.shape[2] as number;
    const past = cachedTokens(state, { batch, heads, headDim, rounds });
    const length = past.position + count;
    const filled = wholeChunks(length, chunkLength);
    const marks = tokenMarks(caller, context.padding, { batch, length, filled });
    const buckets = joined(past.buckets, numbered(stopGradient(queryKey), rotations, factors, undefined), 3);
    const [queryKeys, values] = [joined(past.queryKeys, queryKey, 2), joined(past.values, value, 2)];
    const [x, v] = [filledTokens(queryKeys, filled), filledTokens(values, filled)];
    // Padding stands after all buckets; each round is sorted by itself.
    const last = rounds * product(factors);
    const sorted = filled <= chunkLength ? undefined : marks === undefined ? buckets : apart(filledTokens(buckets, filled, 3), marks, last);
    const chunks = { chunkLength, chunksBefore, chunksAfter };
    const out =
      past.position === 0
        ? hashedAttention(x, v, { ...chunks, causal, dropout: undefined, padding: marks, by: sorted && { buckets: sorted } }).out
        : lastQueries(x, v, { ...chunks, count, length, buckets: sorted, padding: marks });
    if (asked !== undefined) tell(rowsOf(caller, x, asked, { first: past.position, length, buckets: sorted, padding: marks }));
    const rows = out.shape[2] === count ? out : slice(out, [0, 0, 0, 0], [-1, -1, count, -1]);
    return { hidden: mergeHeads(rows), state: { buckets, queryKeys, values, position: length } };
  }

  function hashedBy(caller: string, length: number, context: ReformerAttentionContext): HashedBy {
    const { bucketCount = 'auto', maxLength } = config;
    return rotationsFor(caller, bucketCount === 'auto' ? bucketCountFor({ length, chunkLength, maxLength }) : bucketCount, context);
  }

  function rotationsFor(
    caller: string,
    bucketCount: BucketCount,
    { key, rounds = config.rounds ?? 1, rotations }: ReformerAttentionContext,
  ): { readonly rotations: Tensor; readonly factors: readonly number[] } {
    const factors = factorsOf(caller, bucketCount);
    if (rotations !== undefined) requireDirections(caller, rotations, factors);
    const hashKey = (config.hashKey ?? key ?? createKey('reformerAttention')).fold('rotations');
    return { factors, rotations: rotations ?? drawRotations(hashKey, { heads, headDim, rounds, bucketCount }) };
  }
}

function requireCacheable({ causal = false, bucketCount = 'auto' }: ReformerAttentionConfig): void {
  if (causal && bucketCount !== 'auto') return;
  throw new ConfigError({
    caller,
    problem: 'a layer with a cache must be causal and have a bucketCount that is the same for every length.',
    expected: 'causal true, and bucketCount a number or a list of factors',
    got: `causal ${causal}, bucketCount ${show(bucketCount)}`,
    remedy: "give bucketCount: bucketCountFor({ length, chunkLength }) of a usual text's length.",
  });
}

const droppedWithCache = (name: string): ConfigError =>
  new ConfigError({
    caller: name,
    problem: 'training must be off with a cache where attention weights are dropped.',
    expected: 'training false, or attentionDropout 0',
    got: 'training true',
    remedy: 'train the layer without a cache, which has the same parameters.',
  });
