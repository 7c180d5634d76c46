import { withoutPadding } from '@longspan/attention-sparse';
import { blockDiagonal, everything, type Mask } from '@longspan/attention-sparse/mask';
import { type Padding, padding } from '@longspan/core-tensor';
import { rememberByIdentity } from '@longspan/core-tensor/memo';
import { tensor4d } from '@tensorflow/tfjs-core';
import type { RobertaContext } from './roberta-layer.ts';

/** Data of the host: masks and what the tensor `attentive` is made of. */
interface SegmentVisibility {
  readonly mask: Mask;
  /** For each token of each batch row; undefined where all are 1. */
  readonly attentive: Float32Array | undefined;
}

const known = rememberByIdentity('HAT masks', (_: Padding) => new Map<number, SegmentVisibility>());

/**
 * Attention within segments over tokens some of which are padding. Nobody attends to padding, but for a segment that is nothing else:
 * there the reference's hidden scores are all alike, so that every query weighs all of its segment evenly.
 * @returns what `robertaLayer` reads of its context; its tensor belongs to the caller's tidy
 */
export function segmentVisibility(
  of: Padding | undefined,
  { segmentLength, length }: { readonly segmentLength: number; readonly length: number },
): RobertaContext {
  const within = segmentLength >= length ? everything() : blockDiagonal({ blockSize: segmentLength });
  if (of === undefined || !of.some) return { mask: within };
  const found = known(of).get(segmentLength) ?? visibilityOf(of, within, segmentLength);
  known(of).set(segmentLength, found);
  const { mask, attentive } = found;
  return attentive === undefined ? { mask } : { mask, attentive: tensor4d(attentive, [of.batch, 1, length, 1]) };
}

function visibilityOf(of: Padding, within: Mask, segmentLength: number): SegmentVisibility {
  const { batch, length } = of;
  const areTokens = (row: number, from: number, to: number): readonly boolean[] =>
    Array.from({ length: to - from }, (_, at) => of.isToken(row, from + at));
  const isEmpty = Array.from({ length: batch }, (_, row) =>
    Array.from(
      { length: Math.ceil(length / segmentLength) },
      (_, at) => !areTokens(row, at * segmentLength, Math.min(length, (at + 1) * segmentLength)).includes(true),
    ),
  );
  const inEmptySegment = (row: number, at: number): boolean => isEmpty[row]?.[Math.floor(at / segmentLength)] === true;
  // An empty segment's tokens are visible to each other.
  const visible = padding(
    Array.from({ length: batch }, (_, row) => areTokens(row, 0, length).map((isToken, at) => (isToken || inEmptySegment(row, at) ? 1 : 0))),
  );
  const attentive = isEmpty.flat().includes(true)
    ? Float32Array.from({ length: batch * length }, (_, at) => (inEmptySegment(Math.floor(at / length), at % length) ? 0 : 1))
    : undefined;
  return { mask: withoutPadding(within, visible), attentive };
}
