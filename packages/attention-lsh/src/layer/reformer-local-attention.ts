import { defineLayer, type Layer, linear, mergeHeads, originalPositions, splitHeads } from '@longspan/core-tensor';
import { requireInteger, requireKnown } from '@longspan/core-tensor/error';
import { runAttention, uncheckedCall } from '@longspan/core-tensor/kernel';
import { attentionDropoutTerms, dropoutKey, requireRate, transformerDraw } from '@longspan/core-tensor/layer';
import { concat, slice, type Tensor, tensor } from '@tensorflow/tfjs-core';
import { type Chunks, chunkLayout } from '../attention/chunk-layout.ts';
import { wholeChunks } from '../attention/whole-chunks.ts';
import { tokenMarks } from '../hash/token-marks.ts';
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
}

const caller = 'reformerLocalAttention';

/**
 * Reformer's attention within chunks, with the parameters `query.weight`, `key.weight` and `value.weight`; no output projection. Of
 * any length: beyond one chunk, what fills the last one up is masked as padding is, and cropped again.
 *
 * The catch: chunks lie in a circle. Without `causal` the first chunk attends to the last one, and where fewer chunks are there than a
 * chunk attends to, the same ones are attended to, and count, several times.
 * @shape x [b, n, width] -> [b, n, heads · headDim]
 * @throws ConfigError when the options contradict each other; apply: ShapeError, ConfigError when x or the context does not fit
 * @cost O(n · chunkLength · (before + 1 + after) · headDim) time for each head, memory O(n)
 * @source LocalSelfAttention of Hugging Face transformers 4.57
 * @example
 * const layer = reformerLocalAttention({ width: 6, heads: 2, chunkLength: 4, causal: true });
 * layer.apply(layer.init(createKey(1)), uniform(createKey(2), [1, 10, 6])).shape; // => [1, 10, 6]
 */
export function reformerLocalAttention(config: ReformerLocalAttentionConfig): Layer<PaddingContext> {
  requireKnown(caller, config, {
    chunkLength: true,
    chunksBefore: true,
    chunksAfter: true,
    causal: 'flag',
    attentionDropout: true,
    width: true,
    heads: true,
    headDim: true,
  });
  const { width, heads, chunkLength, chunksBefore = 1, chunksAfter = 0, causal = false, attentionDropout = 0 } = config;
  const headDim = headDimOf(caller, config);
  requireInteger(caller, { chunkLength }, 1);
  requireInteger(caller, { chunksBefore, chunksAfter }, 0);
  requireRate(caller, 'attentionDropout', attentionDropout);
  const projection = () => linear({ inFeatures: width, outFeatures: heads * headDim, bias: false, draw: transformerDraw });

  return defineLayer({
    name: caller,
    parts: { query: projection(), key: projection(), value: projection() },
    reads: ['padding'],
    checkContext: (name, context) => void dropoutKey(name, attentionDropout, context),
    check: (name, x, { padding }) => checkTokens(name, x, width, padding),
    run({ caller, parts }, x, context: PaddingContext) {
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
      const { out } = runAttention(call);
      return cropped(mergeHeads(out), length);
    },
  });
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
