import { gzipSync } from 'node:zlib';

/** The alphabet: every byte there is, whether or not the text has it. */
const symbols = 256;

/**
 * Bits per byte that a unigram model needs for the held-out bytes: cross-entropy under the training bytes' frequencies,
 * every count one higher (add-one smoothing over the 256 bytes).
 */
export function unigramBits(training: readonly Uint8Array[], heldOut: readonly Uint8Array[]): number {
  const counts = new Float64Array(symbols).fill(1);
  let total = symbols;
  for (const piece of training) {
    for (const byte of piece) counts[byte] = (counts[byte] as number) + 1;
    total += piece.length;
  }
  return meanOver(heldOut, (piece, at) => Math.log2(total / (counts[piece[at] as number] as number)));
}

/**
 * The same with each byte predicted from the one before it; the first byte of a piece is predicted as if after a line feed,
 * in counting and in judging.
 */
export function bigramBits(training: readonly Uint8Array[], heldOut: readonly Uint8Array[]): number {
  const counts = new Float64Array(symbols * symbols).fill(1);
  const totals = new Float64Array(symbols).fill(symbols);
  for (const piece of training) {
    piece.forEach((byte, at) => {
      const before = previous(piece, at);
      counts[before * symbols + byte] = (counts[before * symbols + byte] as number) + 1;
      totals[before] = (totals[before] as number) + 1;
    });
  }
  return meanOver(heldOut, (piece, at) => {
    const before = previous(piece, at);
    return Math.log2((totals[before] as number) / (counts[before * symbols + (piece[at] as number)] as number));
  });
}

/** Bits per byte of `gzip -9` over the held-out bytes alone, with no training text to learn from. */
export function gzipBits(heldOut: Uint8Array): number {
  return (gzipSync(heldOut, { level: 9 }).length * 8) / heldOut.length;
}

const lineFeed = 10;
const previous = (piece: Uint8Array, at: number): number => (at === 0 ? lineFeed : (piece[at - 1] as number));

function meanOver(pieces: readonly Uint8Array[], bits: (piece: Uint8Array, at: number) => number): number {
  let sum = 0;
  let count = 0;
  for (const piece of pieces) {
    for (let at = 0; at < piece.length; at++) sum += bits(piece, at);
    count += piece.length;
  }
  return sum / count;
}
