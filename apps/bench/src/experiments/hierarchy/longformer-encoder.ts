import { type LongformerContext, longformerLayer } from '@longspan/attention-sparse';
import { chain, type Layer } from '@longspan/core-tensor';
import { recomputedLayer } from '@longspan/reversible';
import type { EncoderSize } from './hierarchy-input.ts';

/** Tokens whose inner features of a feed-forward layer are there at one time, where layers are recomputed. */
export const chunkLength = 8192;

/** Longformer's layers, of both encoders' sizes. */
export function longformerEncoder({ width, heads, layers, segmentLength, recompute }: EncoderSize): Layer<LongformerContext> {
  const side = segmentLength / 2;
  const one = (): Layer<LongformerContext> => {
    const window = { left: side, right: side };
    const layer = longformerLayer({ width, heads, window, chunkLength: recompute ? chunkLength : undefined });
    return recompute ? recomputedLayer(layer) : layer;
  };
  const numbered: Readonly<Record<string, Layer<LongformerContext>>> = Object.fromEntries(
    Array.from({ length: layers }, (_, at) => [`layer.${at}`, one()]),
  );
  return chain(numbered);
}
