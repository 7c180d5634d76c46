/** A text as bytes, in the pieces that one may hold out whole. */
export interface Text {
  /** How the report calls it. */
  readonly name: string;
  /** What a piece is, in the plural: chapters, pieces. */
  readonly pieceName: string;
  readonly pieces: readonly Uint8Array[];
}

/** Where a text comes from, in a form that another process can read it by. */
export type TextSource = { readonly kind: 'book' } | { readonly kind: 'file'; readonly path: string };

/** The pieces joined in order. */
export function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}

/** Every tenth piece, starting with the fifth, is held out: nothing is trained, tuned or counted on it. */
const heldOutEvery = 10;

export interface Split {
  readonly training: readonly Uint8Array[];
  readonly heldOut: readonly Uint8Array[];
}

/** Splits a text into the pieces to learn from and the pieces to be evaluated by. */
export function split({ pieces }: Text): Split {
  const isHeldOut = (index: number): boolean => index % heldOutEvery === heldOutEvery >> 1;
  return { training: pieces.filter((_, index) => !isHeldOut(index)), heldOut: pieces.filter((_, index) => isHeldOut(index)) };
}
