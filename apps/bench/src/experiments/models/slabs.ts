/** So many tokens of a text, and those around them that are computed with them. */
export interface Slab {
  /** Tokens [from, to) of the text are what it gives. */
  readonly from: number;
  readonly to: number;
  /** Tokens [readFrom, readTo) are computed. */
  readonly readFrom: number;
  readonly readTo: number;
}

/**
 * Cuts a text. What a token becomes depends on those that the layers' windows reach, one after the other: as many on each side as all
 * of them together. With these around it a slab's tokens become what they become in the whole text, exactly.
 * @param reach the sum of one side of the windows of all layers
 */
export function slabsOf(length: number, slabLength: number, reach: number): readonly Slab[] {
  return Array.from({ length: Math.ceil(length / slabLength) }, (_, at) => {
    const [from, to] = [at * slabLength, Math.min((at + 1) * slabLength, length)];
    return { from, to, readFrom: Math.max(0, from - reach), readTo: Math.min(length, to + reach) };
  });
}
