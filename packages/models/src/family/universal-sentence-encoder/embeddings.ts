import type { Mask } from '@longspan/attention-sparse/mask';
import {
  defineLayer,
  dims,
  embedding,
  gatherRows,
  type Layer,
  type LayerContext,
  type Padding,
  sinusoidalPositions,
} from '@longspan/core-tensor';
import { ConfigError } from '@longspan/core-tensor/error';
import { add, mul, type Tensor, tensor2d } from '@tensorflow/tfjs-core';
import { documentPlaces, placesTensor, requirePlaces } from '../../encoder/document-places.ts';
import type { UniversalSentenceEncoderConfig } from './config.ts';

interface PlacesContext extends LayerContext {
  readonly padding?: Padding | undefined;
  /** Under `documents(ids)` positions begin anew with each document: packed texts are read as each alone is. */
  readonly mask?: Mask | undefined;
  /** For the attention alone; the mean over tokens would not know of it. */
  readonly lengths?: unknown;
}

/**
 * Words and their positions, which the graph adds to words twice: x = word + (word + timing). Positions count tokens, wherever padding
 * stands, and those of each document where texts are packed.
 * @shape ids int32 [b, n] -> [b, n, embeddingSize]
 */
export const timedWords = (name: string, config: UniversalSentenceEncoderConfig): Layer<PlacesContext> =>
  defineLayer<PlacesContext, Tensor, { readonly word_embeddings: Layer }>({
    name,
    parts: {
      word_embeddings: embedding({
        vocabulary: config.vocabSize,
        width: config.embeddingSize,
        standardDeviation: config.initializerRange,
      }),
    },
    reads: ['padding', 'lengths', 'mask'],
    checkContext: (caller, { lengths }) => requireNoLengths(caller, lengths),
    check(caller, ids, { mask }) {
      const { b, n } = dims(caller, { ids: [ids, 'b n:int32'] });
      const places = documentPlaces(mask);
      if (places !== undefined) requirePlaces(caller, places, { batch: b, length: n });
    },
    run({ parts }, ids, { padding, mask }) {
      const [batch, length] = ids.shape as [number, number];
      const table = timing(length, config);
      const places = documentPlaces(mask);
      const counted = padding === undefined ? undefined : tokenPositions(padding, batch, length);
      const rows = places === undefined ? counted : placesTensor(places);
      return add(mul(parts.word_embeddings(ids), 2), rows === undefined ? table : gatherRows(table, rows));
    },
  });

/** All sines, then all cosines, of wavelengths from 2π to 2π · maxTimescale with both ends among them: tensor2tensor's, one step less than sinusoidalPositions counts. */
function timing(length: number, { embeddingSize, maxTimescale }: UniversalSentenceEncoderConfig): Tensor {
  const pairs = Math.floor(embeddingSize / 2);
  const base = pairs > 1 ? maxTimescale ** (pairs / (pairs - 1)) : maxTimescale;
  return sinusoidalPositions(length, embeddingSize, { style: 'concatenated', base });
}

/** How many tokens stand before each one; undefined where that is its place in the row. */
function tokenPositions(padding: Padding, batch: number, length: number): Tensor | undefined {
  const positions = new Int32Array(batch * length);
  let isPlace = true;
  for (let row = 0; row < batch; row++) {
    let tokens = 0;
    for (let at = 0; at < length; at++) {
      positions[row * length + at] = tokens;
      if (!padding.isToken(row, at)) continue;
      isPlace &&= tokens === at;
      tokens++;
    }
  }
  return isPlace ? undefined : tensor2d(positions, [batch, length], 'int32');
}

function requireNoLengths(caller: string, lengths: unknown): void {
  if (lengths === undefined) return;
  throw new ConfigError({
    caller,
    problem: 'padding must be given as context.padding.',
    expected: 'context.padding: paddingOfLengths(lengths), or padding(rows)',
    got: 'context.lengths, which only attention reads',
    remedy: 'read the lengths back first: await lengths.data().',
  });
}
