import { ShapeError } from '@longspan/core-tensor/error';

/** So many tokens fill whole chunks; a sequence of up to one chunk is a chunk of its own. */
export const wholeChunks = (length: number, chunkLength: number): number =>
  length <= chunkLength ? length : Math.ceil(length / chunkLength) * chunkLength;

/** Throws unless whole chunks cover the sequence. */
export function requireMultiple(caller: string, length: number, chunkLength: number): void {
  if (length % chunkLength === 0) return;
  const padded = wholeChunks(length, chunkLength);
  throw new ShapeError({
    caller,
    problem: 'the length must be a multiple of chunkLength.',
    expected: `a multiple of ${chunkLength} (chunkLength), or no more than that`,
    got: String(length),
    remedy: `pad to ${padded} tokens and mask the ${padded - length} padded ones by padding, or use reformerAttention, which does.`,
  });
}
