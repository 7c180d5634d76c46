import type { JobFields } from './job.ts';

const scoreStride = 320;
const groupBytes = 128;
const scoresOfGroup = 4 * scoreStride;

/** Bytes that one caller of attentionForward works in: a group, its scores, and a block of queries and results. */
export function forwardScratch({ blockSize = 0, headDim = 0, valueStride = 0, positionRows = 0 }: JobFields): number {
  const groups = Math.ceil(blockSize / 4);
  const ofGroup = 3 * 16 + 16 * headDim * (positionRows ? 2 : 1) + 4 * valueStride;
  return groupBytes + 80 + 2 * scoresOfGroup + groups * ofGroup;
}

/** Bytes that one caller of attentionBackward works in: the same for up to 64 queries, a strip of 64 keys, and two tiles of scores. */
export function backwardScratch({
  headDim = 0,
  valueDim = 0,
  queryStride = 0,
  keyStride = 0,
  valueStride = 0,
  termCount = 0,
}: JobFields): number {
  const pointers = 64 + groupBytes + 16 + 32 + 32;
  const tiles = 2 * 65 * scoreStride;
  const rows = 4 * queryStride + 64 * 4 * (2 * headDim + valueDim) + 64 * (keyStride + valueStride);
  return pointers + rows + (termCount + 1) * scoresOfGroup + tiles;
}
