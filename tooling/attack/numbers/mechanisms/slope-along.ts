/** A function along a line, and its derivative by the library's gradients. */
export interface AlongLine {
  readonly value: (at: number) => Promise<number>;
  readonly slope: (at: number) => Promise<number>;
}

export interface Along {
  /** Half of the line's length. */
  readonly reach: number;
  /** How far two values may be apart that should be equal. */
  readonly noise: number;
}

/** Below some distances of two float32 numbers near 1 a function goes in steps, and its slope says nothing of them. */
const shortestPiece = 2e-6;
/** Pieces of the line that may stay unexplained: a kink or a jump lies in one or two of them. */
const mostUnexplained = 4;
const mostPieces = 600;

/**
 * Whether the change of a function along a line is the integral of its derivative, piece by piece; where it is not, the piece is halved.
 * Central differences tell a wrong gradient from a kink (ReLU) or a steep place (the norm of two features) only far from them; this holds
 * on both sides of each. A gradient that is wrong is wrong on most of the line and leaves more pieces than a kink does.
 */
export async function isIntegralOfSlope({ value, slope }: AlongLine, { reach, noise }: Along): Promise<boolean> {
  const known = new Map<number, Promise<number>>();
  const valueAt = (at: number): Promise<number> => {
    const found = known.get(at) ?? value(at);
    known.set(at, found);
    return found;
  };
  let pieces = 0;
  let unexplained = 0;
  const explain = async (from: number, to: number): Promise<void> => {
    if (unexplained > mostUnexplained || ++pieces > mostPieces) return;
    const middle = (from + to) / 2;
    const offset = ((to - from) / 2) * Math.sqrt(1 / 3); // Gauss's two points
    const [change, early, late] = [(await valueAt(to)) - (await valueAt(from)), await slope(middle - offset), await slope(middle + offset)];
    const integral = ((early + late) / 2) * (to - from);
    const size = ((Math.abs(early) + Math.abs(late)) / 2) * (to - from);
    // Where it stands on the line is rounded too, which moves a steep function.
    const moved = 2 ** -22 * (Math.abs(early) + Math.abs(late));
    if (Math.abs(change - integral) <= 0.02 * size + noise + moved) return;
    if (to - from < shortestPiece) {
      unexplained++;
      return;
    }
    await explain(from, middle);
    await explain(middle, to);
  };
  await explain(-reach, reach);
  return unexplained <= mostUnexplained && pieces <= mostPieces;
}
