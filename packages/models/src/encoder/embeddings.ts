import { defineLayer, dims, dropout, embedding, gatherRows, type Layer, type LayerContext, layerNorm } from '@longspan/core-tensor';
import { ConfigError } from '@longspan/core-tensor/error';
import { weightSpec } from '@longspan/core-tensor/layer';
import { add, cast, cumsum, expandDims, mul, notEqual, slice, type Tensor } from '@tensorflow/tfjs-core';

export interface EncoderEmbeddingsConfig {
  /** Whom errors name. */
  readonly name: string;
  readonly vocabulary: number;
  readonly width: number;
  /** Rows of the table of positions. */
  readonly positions: number;
  /** Positions count along the row, over padding too ('row': BERT), or over the tokens alone, from paddingIndex + 1 ('tokens': RoBERTa). */
  readonly positionsOver: 'row' | 'tokens';
  /** Rows of the table of token types; no table where undefined. */
  readonly tokenTypes: number | undefined;
  /** The id of padding: its row gets no gradient. */
  readonly paddingIndex: number | undefined;
  readonly epsilon: number;
  readonly hiddenDropout: number;
  readonly standardDeviation: number;
}

export interface EmbeddingsContext extends LayerContext {
  /** int32 [b, n]: which of two texts each token belongs to; 0 by default. */
  readonly tokenTypes?: Tensor | undefined;
  /** int32 [b, n] or [n]: rows of the table of positions; counted by default. */
  readonly positions?: Tensor | undefined;
}

/**
 * The embeddings of BERT and its kin: word, position and token type, summed, then a norm. Parameters `word_embeddings.weight`,
 * `position_embeddings.weight`, `token_type_embeddings.weight`, `LayerNorm.weight`, `LayerNorm.bias`.
 * @shape ids int32 [b, n] -> [b, n, width]
 */
export function encoderEmbeddings(config: EncoderEmbeddingsConfig): Layer<EmbeddingsContext> {
  const { name, vocabulary, width, positions: rows, positionsOver, tokenTypes, paddingIndex, standardDeviation } = config;
  const table = (count: number, zeroRow?: number) => weightSpec([count, width], { kind: 'normal', standardDeviation, zeroRow });
  const mostTokens = positionsOver === 'row' ? rows : rows - (paddingIndex as number) - 1;
  return defineLayer({
    name,
    spec: {
      'position_embeddings.weight': table(rows, positionsOver === 'tokens' ? paddingIndex : undefined),
      ...(tokenTypes === undefined ? {} : { 'token_type_embeddings.weight': table(tokenTypes) }),
    },
    parts: {
      word_embeddings: embedding({ vocabulary, width, paddingIndex, standardDeviation }),
      LayerNorm: layerNorm({ width, epsilon: config.epsilon }),
      dropout: dropout({ rate: config.hiddenDropout }),
    },
    reads: ['positions', ...(tokenTypes === undefined ? [] : ['tokenTypes'])],
    check(caller, ids, { positions, tokenTypes: types }) {
      const { b, n } = dims(caller, { ids: [ids, 'b n:int32'] });
      if (types !== undefined) dims(caller, { 'context.tokenTypes': [types, `${b} ${n}:int32`] });
      if (positions === undefined) requirePositions(caller, n, mostTokens);
      else
        dims(caller, {
          'context.positions': [positions, (positions as Tensor | null)?.shape?.length === 1 ? `${n}:int32` : `${b} ${n}:int32`],
        });
    },
    run({ parts, parameters }, ids, context: EmbeddingsContext) {
      const positionTable = parameters.get('position_embeddings.weight');
      const [, length] = ids.shape as [number, number];
      const positions = context.positions ?? (positionsOver === 'tokens' ? tokenPositions(ids, paddingIndex as number) : undefined);
      const placed =
        positions === undefined
          ? expandDims(slice(positionTable, [0, 0], [length, width]), 0)
          : gatherRows(positionTable, positions, { paddingIndex: positionsOver === 'tokens' ? paddingIndex : undefined });
      const typeTable = parameters.find('token_type_embeddings.weight');
      const types = context.tokenTypes;
      // Without types every token is of type 0.
      const typed = typeTable && (types === undefined ? slice(typeTable, [0, 0], [1, width]) : gatherRows(typeTable, types));
      const words = parts.word_embeddings(ids);
      return parts.dropout(parts.LayerNorm(add(typed === undefined ? words : add(words, typed), placed)));
    },
  });
}

/** Positions that count over the tokens which are not padding; padding stands at paddingIndex. */
function tokenPositions(ids: Tensor, paddingIndex: number): Tensor {
  const isToken = cast(notEqual(ids, paddingIndex), 'float32'); // exact below 2^24 tokens, and cumsum of float32 is right on every backend
  return cast(add(mul(cumsum(isToken, 1), isToken), paddingIndex), 'int32');
}

function requirePositions(caller: string, length: number, most: number): void {
  if (length <= most) return;
  throw new ConfigError({
    caller,
    problem: 'every token must have a position.',
    expected: `at most ${most} tokens  (the table of positions)`,
    got: `${length} tokens`,
    remedy: 'make a model for longer texts of this one by toLong(model, { maxPositions }), or read the text in windows.',
  });
}
