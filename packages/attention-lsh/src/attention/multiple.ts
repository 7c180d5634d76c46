import { ShapeError } from '@longspan/core-tensor/error';

/** Throws unless whole chunks cover the sequence. */
export function requireMultiple(caller: string, length: number, chunkLength: number): void {
  if (length % chunkLength === 0) return;
  const padded = Math.ceil(length / chunkLength) * chunkLength;
  throw new ShapeError({
    caller,
    problem: 'the length is not a multiple of chunkLength.',
    expected: `a multiple of ${chunkLength} (chunkLength), or no more than that`,
    got: String(length),
    remedy: `pad to ${padded} tokens and pass attentionMask, so that nothing attends to the ${padded - length} padded ones.`,
  });
}
