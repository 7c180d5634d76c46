import {
  attentionDropout,
  blockSparseAttention,
  type Layer,
  type LayerContext,
  originalPositions,
  type Parameters,
  requireRate,
} from '@longspan/core-tensor';
import { requireInteger } from '@longspan/core-tensor/error';
import { concat, slice, type Tensor, tensor, tidy } from '@tensorflow/tfjs-core';
import { type Chunks, chunkLayout } from '../attention/chunk-layout.ts';
import { dropoutOf } from '../attention/dropout.ts';
import { requireMultiple } from '../attention/multiple.ts';
import { type AttentionMask, paddingOf } from './attention-mask.ts';
import { type HeadSizes, headDimOf, mergedHeads, projection, projectionParameters, tokensOf } from './heads.ts';

export interface ReformerLocalAttentionConfig extends HeadSizes {
  /** Tokens in a chunk (HF `local_attn_chunk_length`). */
  readonly chunkLength: number;
  /** Chunks before its own that a chunk sees; 1 when absent. */
  readonly chunksBefore?: number;
  /** Chunks after its own that a chunk sees; 0 when absent. */
  readonly chunksAfter?: number;
  /** HF `is_decoder`. */
  readonly causal?: boolean;
  /** Share of the attention weights that is dropped while training; 0 when absent. */
  readonly dropout?: number;
}

export interface LocalInputs {
  /** [b, n, width] */
  readonly hidden: Tensor;
  readonly attentionMask?: AttentionMask;
}

const caller = 'reformerLocalAttention';
const names = ['query', 'key', 'value'];

/**
 * Reformer's attention within chunks, with the parameters `query.weight`, `key.weight` and `value.weight`; no output projection.
 *
 * The catch: chunks lie in a circle. Without `causal` the first chunk sees the last one, and where fewer chunks are there than a
 * chunk looks around for, the same ones are seen, and count, several times.
 * @shape inputs.hidden [b, n, width], n a multiple of chunkLength or no more than that; returns [b, n, heads · headDim]
 * @throws ConfigError when the options contradict each other; apply: ShapeError, ConfigError when an input does not fit
 * @cost O(n · chunkLength · (before + 1 + after) · headDim) time for each head, memory O(n)
 * @source LocalSelfAttention of Hugging Face transformers 4.57
 * @example
 * const layer = reformerLocalAttention({ width: 6, heads: 2, chunkLength: 4, causal: true });
 * layer.apply(layer.init(createKey(1)), { hidden: uniform(createKey(2), [1, 12, 6]) }).shape; // => [1, 12, 6]
 */
export function reformerLocalAttention(config: ReformerLocalAttentionConfig): Layer<LocalInputs, Tensor> {
  const { width, heads, chunkLength, chunksBefore = 1, chunksAfter = 0, causal = false, dropout = 0 } = config;
  const sizes = { width, heads, headDim: headDimOf(caller, config) };
  requireInteger(caller, { chunkLength }, 1);
  requireInteger(caller, { chunksBefore, chunksAfter }, 0);
  requireRate(caller, 'dropout', dropout);

  return {
    init: (key) => projectionParameters(key, names, width, heads * sizes.headDim),
    apply(parameters: Parameters, { hidden, attentionMask }: LocalInputs, context?: LayerContext): Tensor {
      const { batch, length } = tokensOf(caller, hidden, width);
      if (length > chunkLength) requireMultiple(caller, length, chunkLength);
      const chunks: Chunks =
        length > chunkLength ? { chunkLength, chunksBefore, chunksAfter } : { chunkLength: length, chunksBefore: 0, chunksAfter: 0 };
      const padding = paddingOf(caller, attentionMask, { batch, length });
      const dropped = dropoutOf(caller, dropout, context);
      const projections = names.map((name) => projection(caller, parameters, name, sizes));
      return tidy(() => {
        const [query, key, value] = projections.map((project) => project(hidden)) as [Tensor, Tensor, Tensor];
        const { out } = blockSparseAttention(query, around(key, chunks), around(value, chunks), {
          layout: chunkLayout(length, chunks),
          score: [positions(batch, length, chunks, causal, padding), ...(dropped === undefined ? [] : [attentionDropout(dropped)])],
        });
        return mergedHeads(out);
      });
    },
  };
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
  padding: Int32Array | undefined,
): ReturnType<typeof originalPositions> {
  const [start, end] = ends(length, chunks);
  const rows = padding === undefined ? 1 : batch;
  const keys = Int32Array.from({ length: rows * (end - start) }, (_, at) => {
    const position = (((start + (at % (end - start))) % length) + length) % length;
    return padding?.[Math.floor(at / (end - start)) * length + position] === 0 ? -1 : position;
  });
  const queries = Int32Array.from({ length }, (_, at) => at);
  return originalPositions({
    query: tensor(queries, [1, 1, length], 'int32'),
    key: tensor(keys, [rows, 1, end - start], 'int32'),
    causal,
  });
}
