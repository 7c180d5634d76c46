import {
  defineLayer,
  type Layer,
  type LayerOutput,
  linear,
  mergeHeads,
  type Own,
  originalPositions,
  type Parts,
  type StatefulResult,
  splitHeads,
} from '@longspan/core-tensor';
import { ConfigError, requireInteger, requireKnown } from '@longspan/core-tensor/error';
import { askedAttentionRows, joinedRows, type RowWeights, requireQueries, runAttention, uncheckedCall } from '@longspan/core-tensor/kernel';
import { attentionDropoutTerms, dropoutKey, requireRate, stateCount, stateTensors, transformerDraw } from '@longspan/core-tensor/layer';
import { largestBlock } from '@longspan/core-tensor/layout';
import { add, concat, fill, floorDiv, greater, mul, scalar, slice, sub, type Tensor, tensor, where } from '@tensorflow/tfjs-core';
import { type Chunks, chunkLayout } from '../attention/chunk-layout.ts';
import { firstOfPast, pastLayout } from '../attention/past-chunks.ts';
import { wholeChunks } from '../attention/whole-chunks.ts';
import { tokenMarks } from '../hash/token-marks.ts';
import { joined } from './cached-tokens.ts';
import { checkTokens, cropped, filledUp, type HeadSizes, headDimOf, type PaddingContext } from './tokens.ts';

export interface ReformerLocalAttentionConfig extends HeadSizes {
  /** Tokens in a chunk (HF `local_attn_chunk_length`). */
  readonly chunkLength: number;
  /** Chunks before its own that a chunk attends to; 1 by default. */
  readonly chunksBefore?: number | undefined;
  /** Chunks after its own that a chunk attends to; 0 by default. */
  readonly chunksAfter?: number | undefined;
  /** HF `is_decoder`; false by default. */
  readonly causal?: boolean | undefined;
  /** Rate at which attention weights are dropped while training; 0 by default. */
  readonly attentionDropout?: number | undefined;
  /**
   * Keys and values of the chunks in reach are state: a call goes on where the last one ended. Needs `causal`, and `chunksAfter` 0. False by
   * default.
   */
  readonly cache?: boolean | undefined;
}

const caller = 'reformerLocalAttention';

/**
 * Reformer's attention within chunks, with the parameters `query.weight`, `key.weight` and `value.weight`; no output projection. Of
 * any length: beyond one chunk, what fills the last one up is masked as padding is, and cropped again.
 *
 * The catch: chunks lie in a circle. Without `causal` the first chunk attends to the last one, and where fewer chunks are there than a
 * chunk attends to, the same ones are attended to, and count, several times.
 *
 * With `cache: true` a call gives the rows that one call over the whole text would give, if that has more chunks than `chunksBefore`.
 * @shape x [b, n, width] -> [b, n, heads · headDim]; with a cache { hidden, state }, and context.padding is that of all tokens so far
 * @throws ConfigError when the options contradict each other; apply: ShapeError, ConfigError when x or the context does not fit
 * @cost O(n · chunkLength · (before + 1 + after) · headDim) time for each head, memory O(n)
 * @source LocalSelfAttention of Hugging Face transformers 4.57
 * @example
 * const layer = reformerLocalAttention({ width: 6, heads: 2, chunkLength: 4, causal: true });
 * layer.apply(layer.init(createKey(1)), uniform(createKey(2), [1, 10, 6])).shape; // => [1, 10, 6]
 */
export function reformerLocalAttention(
  config: ReformerLocalAttentionConfig & { readonly cache?: false | undefined },
): Layer<PaddingContext>;
export function reformerLocalAttention(
  config: ReformerLocalAttentionConfig & { readonly cache: true },
): Layer<PaddingContext, StatefulResult>;
export function reformerLocalAttention(config: ReformerLocalAttentionConfig): object {
  requireKnown(caller, config, {
    chunkLength: true,
    chunksBefore: true,
    chunksAfter: true,
    causal: 'flag',
    attentionDropout: true,
    cache: 'flag',
    width: true,
    heads: true,
    headDim: true,
  });
  const { width, heads, chunkLength, chunksBefore = 1, chunksAfter = 0, causal = false, attentionDropout = 0, cache = false } = config;
  const headDim = headDimOf(caller, config);
  requireInteger(caller, { chunkLength }, 1, { atMost: largestBlock });
  requireInteger(caller, { chunksBefore, chunksAfter }, 0);
  requireRate(caller, 'attentionDropout', attentionDropout);
  if (cache && (!causal || chunksAfter > 0)) throw notCacheable(causal, chunksAfter);
  const projection = () => linear({ inFeatures: width, outFeatures: heads * headDim, bias: false, draw: transformerDraw });

  const parts = { query: projection(), key: projection(), value: projection() };
  return defineLayer<PaddingContext, LayerOutput, typeof parts>({
    name: caller,
    parts,
    attentions: [''],
    reads: ['padding'],
    states: cache ? ['keys', 'values', 'position'] : [],
    checkContext: (name, context) => void dropoutKey(name, attentionDropout, context),
    check: (name, x, { padding }) => checkTokens(name, x, width, cache ? undefined : padding),
    run({ caller, parts, state, asked, tell }, x, context: PaddingContext) {
      if (cache) {
        const [q, k, v] = [parts.query, parts.key, parts.value].map((part) => splitHeads(part(x), heads)) as [Tensor, Tensor, Tensor];
        return decoded({ caller, state, asked, tell }, { q, k, v }, context);
      }
      const [batch, length] = x.shape as [number, number];
      const filled = wholeChunks(length, chunkLength);
      const chunks: Chunks =
        filled > chunkLength ? { chunkLength, chunksBefore, chunksAfter } : { chunkLength: filled, chunksBefore: 0, chunksAfter: 0 };
      const marks = tokenMarks(caller, context.padding, { batch, length, filled });
      const whole = filledUp(x, filled);
      const [query, key, value] = [parts.query, parts.key, parts.value].map((part) => splitHeads(part(whole), heads)) as [
        Tensor,
        Tensor,
        Tensor,
      ];
      const call = uncheckedCall(query, around(key, chunks), around(value, chunks), {
        layout: chunkLayout(filled, chunks),
        score: [positions(batch, filled, chunks, causal, marks), ...attentionDropoutTerms(caller, attentionDropout, context, 'dropout')],
      });
      const { out, logSumExp } = runAttention(call);
      if (asked !== undefined) {
        requireQueries(caller, asked.queries, length);
        tell(rowsInCircle(askedAttentionRows(caller, call, { ...asked, logSumExp }), ends(filled, chunks)[0], filled));
      }
      return cropped(mergeHeads(out), length);
    },
  });

  /** One call with a cache. */
  function decoded(
    { caller, state, asked, tell }: Pick<Own<Parts>, 'caller' | 'state' | 'asked' | 'tell'>,
    { q, k, v }: { readonly q: Tensor; readonly k: Tensor; readonly v: Tensor },
    context: PaddingContext,
  ): StatefulResult {
    const [batch, , count] = q.shape as [number, number, number, number];
    const reach = { chunkLength, chunksBefore };
    const position = stateCount(state, 'position');
    const [start, end] = [firstOfPast(position, reach), position + count];
    const kept = `${batch} ${heads} ${position - start} ${headDim}:float32`;
    const past = stateTensors(state, { keys: kept, values: kept }, position > start);
    const marks = tokenMarks(caller, context.padding, { batch, length: end });
    const [keys, values] = [joined(past.keys, k, 2), joined(past.values, v, 2)];
    const call = uncheckedCall(q, keys, values, {
      layout: pastLayout(reach, { queryLength: count, keyLength: end - start, queryOffset: position - start }),
      score: [
        ...(marks === undefined ? [] : [pastPositions({ start, position, end }, batch, marks)]),
        ...attentionDropoutTerms(caller, attentionDropout, context, 'dropout'),
      ],
    });
    const next = firstOfPast(end, reach);
    const held = (x: Tensor): Tensor => slice(x, [0, 0, next - start, 0], [-1, -1, end - next, -1]);
    const tensors = next === end ? {} : { keys: held(keys), values: held(values) };
    const { out, logSumExp } = runAttention(call);
    if (asked !== undefined) tell(rowsInCircle(askedAttentionRows(caller, call, { ...asked, logSumExp }), start, end));
    return { hidden: mergeHeads(out), state: { ...tensors, position: end } };
  }
}

/** Where the queries from `position` on and the keys from `start` on stand, −1 for padded keys. */
function pastPositions(
  { start, position, end }: { readonly start: number; readonly position: number; readonly end: number },
  batch: number,
  marks: Int32Array,
): ReturnType<typeof originalPositions> {
  const keys = Int32Array.from({ length: batch * (end - start) }, (_, at) => {
    const key = start + (at % (end - start));
    return marks[Math.floor(at / (end - start)) * end + key] === 0 ? -1 : key;
  });
  const queries = Int32Array.from({ length: end - position }, (_, at) => position + at);
  return originalPositions({
    query: tensor(queries, [1, 1, queries.length], 'int32'),
    key: tensor(keys, [batch, 1, end - start], 'int32'),
  });
}

const notCacheable = (causal: boolean, chunksAfter: number): ConfigError =>
  new ConfigError({
    caller,
    problem: 'a layer with a cache must be causal and have chunksAfter 0: chunks lie in a circle, where the last one attends to the first.',
    expected: 'causal true, chunksAfter 0',
    got: `causal ${causal}, chunksAfter ${chunksAfter}`,
    remedy: 'leave chunksAfter out, and set causal.',
  });

/** Rows over laid-out keys, of which the first stands at `start`, as rows over the tokens of the circle. A key of no weight is hidden. */
function rowsInCircle({ keys, weights }: RowWeights, start: number, length: number): RowWeights {
  const around = scalar(Math.ceil(-start / length) * length + start, 'int32');
  const place = add(keys, around);
  const inCircle = sub(place, mul(floorDiv(place, fill(place.shape, length, 'int32')), scalar(length, 'int32')));
  return joinedRows({ keys: where(greater(weights, 0), inCircle, fill(keys.shape, -1, 'int32')), weights }, length);
}

/** Where the laid-out keys of a sequence begin and end, in tokens of the circle. */
const ends = (length: number, { chunkLength, chunksBefore, chunksAfter }: Chunks): readonly [start: number, end: number] => [
  -chunksBefore * chunkLength,
  length + chunksAfter * chunkLength,
];

/** Tokens [b, h, n, d] with what stands around their first and last chunk: [b, h, before + n + after, d]. */
function around(x: Tensor, chunks: Chunks): Tensor {
  const [batch = 0, heads = 0, length = 0, width = 0] = x.shape;
  const [start, end] = ends(length, chunks);
  const pieces: Tensor[] = [];
  for (let at = start; at < end; ) {
    const first = ((at % length) + length) % length;
    const count = Math.min(end - at, length - first);
    pieces.push(count === length ? x : slice(x, [0, 0, first, 0], [batch, heads, count, width]));
    at += count;
  }
  return pieces.length === 1 ? x : concat(pieces, 2);
}

function positions(
  batch: number,
  length: number,
  chunks: Chunks,
  causal: boolean,
  marks: Int32Array | undefined,
): ReturnType<typeof originalPositions> {
  const [start, end] = ends(length, chunks);
  const rows = marks === undefined ? 1 : batch;
  const keys = Int32Array.from({ length: rows * (end - start) }, (_, at) => {
    const position = (((start + (at % (end - start))) % length) + length) % length;
    return marks?.[Math.floor(at / (end - start)) * length + position] === 0 ? -1 : position;
  });
  const queries = Int32Array.from({ length }, (_, at) => at);
  return originalPositions({
    query: tensor(queries, [1, 1, length], 'int32'),
    key: tensor(keys, [rows, 1, end - start], 'int32'),
    causal,
  });
}
