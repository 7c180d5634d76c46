import type { Mask } from '@longspan/attention-sparse/mask';
import { defineLayer, dims, dropout, embedding, gatherRows, type Layer, type LayerContext, layerNorm } from '@longspan/core-tensor';
import { weightSpec } from '@longspan/core-tensor/layer';
import { add, cast, cumsum, expandDims, mul, notEqual, slice, type Tensor, tensor1d } from '@tensorflow/tfjs-core';
import { type DocumentPlaces, documentPlaces, isShared, placesTensor, requirePlaces } from './document-places.ts';
import { requirePositions } from './require-positions.ts';

export interface EncoderEmbeddingsConfig {
  /** Whom errors name. */
  readonly name: string;
  readonly vocabulary: number;
  readonly width: number;
  /** Rows of the table of positions. */
  readonly positions: number;
  /**
   * Positions count along the row, over padding too ('row': BERT), over the tokens alone, from paddingIndex + 1 ('tokens': RoBERTa), or
   * within each segment, from paddingIndex + 1, with 0 for padding (HAT).
   */
  readonly positionsOver: 'row' | 'tokens' | Segments;
  /** Rows of the table of token types; no table where undefined. */
  readonly tokenTypes: number | undefined;
  /** The id of padding: its row gets no gradient. */
  readonly paddingIndex: number | undefined;
  readonly epsilon: number;
  readonly hiddenDropout: number;
  readonly standardDeviation: number;
  /** What words are multiplied by; 1 by default. */
  readonly wordScale?: number | undefined;
  /** Whether features are dropped before the norm (BigBird) and not after it; false by default. */
  readonly dropsBeforeNorm?: boolean | undefined;
  /** Whether `toLong` takes the family, which errors then name; false by default. */
  readonly canBeLong?: boolean | undefined;
}

/** Tokens of a segment, and segments of the longest text. */
export interface Segments {
  readonly segmentLength: number;
  readonly maxSegments: number;
}

export interface EmbeddingsContext extends LayerContext {
  /** int32 [b, n]: which of two texts each token belongs to; 0 by default. */
  readonly tokenTypes?: Tensor | undefined;
  /** int32 [b, n] or [n]: rows of the table of positions; counted by default. */
  readonly positions?: Tensor | undefined;
}

/** What the embeddings look at besides, where the layers of the model read it. */
export interface PackedContext extends EmbeddingsContext {
  /** Under `documents(ids)` positions begin anew with each document: packed texts are read as each alone is. */
  readonly mask?: Mask | undefined;
}

/**
 * The embeddings of BERT and its kin: word, position and token type, summed, then a norm. Parameters `word_embeddings.weight`,
 * `position_embeddings.weight`, `token_type_embeddings.weight`, `LayerNorm.weight`, `LayerNorm.bias`.
 * @shape ids int32 [b, n] -> [b, n, width]
 */
export function encoderEmbeddings(config: EncoderEmbeddingsConfig): Layer<PackedContext> {
  const { name, vocabulary, width, positions: rows, positionsOver, tokenTypes, paddingIndex, standardDeviation } = config;
  const { wordScale = 1, dropsBeforeNorm = false } = config;
  const table = (count: number, zeroRow?: number) => weightSpec([count, width], { kind: 'normal', standardDeviation, zeroRow });
  const mostTokens = mostTokensOf(config);
  const restarts = typeof positionsOver === 'string';
  return defineLayer({
    name,
    spec: {
      'position_embeddings.weight': table(rows, positionsOver === 'row' ? undefined : paddingIndex),
      ...(tokenTypes === undefined ? {} : { 'token_type_embeddings.weight': table(tokenTypes) }),
    },
    parts: {
      word_embeddings: embedding({ vocabulary, width, paddingIndex, standardDeviation }),
      LayerNorm: layerNorm({ width, epsilon: config.epsilon }),
      dropout: dropout({ rate: config.hiddenDropout }),
    },
    reads: ['positions', ...(tokenTypes === undefined ? [] : ['tokenTypes'])],
    check(caller, ids, { positions, tokenTypes: types, mask }) {
      const { b, n } = dims(caller, { ids: [ids, 'b n:int32'] });
      if (types !== undefined) dims(caller, { 'context.tokenTypes': [types, `${b} ${n}:int32`] });
      if (positions === undefined) {
        const places = restarts ? documentPlaces(mask) : undefined;
        if (places !== undefined) requirePlaces(caller, places, { batch: b, length: n });
        requirePositions(caller, places === undefined ? n : longest(places), mostTokens, config.canBeLong);
      } else
        dims(caller, {
          'context.positions': [positions, (positions as Tensor | null)?.shape?.length === 1 ? `${n}:int32` : `${b} ${n}:int32`],
        });
    },
    run({ parts, parameters }, ids, context: PackedContext) {
      const positionTable = parameters.get('position_embeddings.weight');
      const [, length] = ids.shape as [number, number];
      const places = restarts ? documentPlaces(context.mask) : undefined;
      const positions = context.positions ?? (places === undefined ? countedPositions(ids, config) : packedPositions(ids, places, config));
      const placed =
        positions === undefined
          ? expandDims(slice(positionTable, [0, 0], [length, width]), 0)
          : gatherRows(positionTable, positions, { paddingIndex: positionsOver === 'row' ? undefined : paddingIndex });
      const typeTable = parameters.find('token_type_embeddings.weight');
      const types = context.tokenTypes;
      // Without types every token is of type 0.
      const typed = typeTable && (types === undefined ? slice(typeTable, [0, 0], [1, width]) : gatherRows(typeTable, types));
      const table = parts.word_embeddings(ids);
      const words = wordScale === 1 ? table : mul(table, wordScale);
      const summed = add(typed === undefined ? words : add(words, typed), placed);
      return dropsBeforeNorm ? parts.LayerNorm(parts.dropout(summed)) : parts.dropout(parts.LayerNorm(summed));
    },
  });
}

function mostTokensOf({ positions, positionsOver, paddingIndex = 0 }: EncoderEmbeddingsConfig): number {
  if (typeof positionsOver !== 'string') return positionsOver.segmentLength * positionsOver.maxSegments;
  return positionsOver === 'row' ? positions : positions - paddingIndex - 1;
}

/** Rows of the table of positions; nothing where they count along the row. */
function countedPositions(ids: Tensor, { positionsOver, paddingIndex = 0 }: EncoderEmbeddingsConfig): Tensor | undefined {
  if (positionsOver === 'row') return undefined;
  return positionsOver === 'tokens' ? tokenPositions(ids, paddingIndex) : segmentPositions(ids, positionsOver, paddingIndex);
}

/** Positions that count within each document, of padding too where it stands in one. */
function packedPositions(ids: Tensor, places: DocumentPlaces, { positionsOver, paddingIndex = 0 }: EncoderEmbeddingsConfig): Tensor {
  const counted = placesTensor(places);
  if (positionsOver === 'row') return counted;
  const isToken = cast(notEqual(ids, paddingIndex), 'float32');
  return cast(add(mul(add(cast(counted, 'float32'), 1), isToken), paddingIndex), 'int32');
}

/** Tokens of the longest document. */
const longest = (places: DocumentPlaces): number =>
  (isShared(places) ? [places] : places).reduce((most, row) => row.reduce((sofar, place) => Math.max(sofar, place + 1), most), 0);

/** Positions that count within each segment; padding stands at 0. */
function segmentPositions(ids: Tensor, { segmentLength }: Segments, paddingIndex: number): Tensor {
  const length = ids.shape[1] as number;
  const places = Float32Array.from({ length }, (_, at) => (at % segmentLength) + paddingIndex + 1);
  return cast(mul(cast(notEqual(ids, paddingIndex), 'float32'), tensor1d(places)), 'int32');
}

/** Positions that count over the tokens which are not padding; padding stands at paddingIndex. */
function tokenPositions(ids: Tensor, paddingIndex: number): Tensor {
  const isToken = cast(notEqual(ids, paddingIndex), 'float32'); // exact below 2^24 tokens, and cumsum of float32 is right on every backend
  return cast(add(mul(cumsum(isToken, 1), isToken), paddingIndex), 'int32');
}
