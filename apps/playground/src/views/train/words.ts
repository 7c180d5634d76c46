/** A byte of a text as a label: what has no picture gets one. */
export function byteWords(bytes: ArrayLike<number>): readonly string[] {
  return Array.from(bytes, (byte) => {
    if (byte === 32) return '␣';
    if (byte === 10) return '⏎';
    return byte > 32 && byte < 127 ? String.fromCharCode(byte) : '•';
  });
}

export const textOf = (bytes: ArrayLike<number>): string => new TextDecoder().decode(Uint8Array.from(bytes));
