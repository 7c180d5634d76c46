/** What is marked in a text, the strongest last: where two meet, that one is seen. */
export const markKinds = ['found', 'chosen', 'sentence'] as const;
export type MarkKind = (typeof markKinds)[number];

export interface Mark {
  readonly start: number;
  readonly end: number;
  readonly kind: MarkKind;
}

export interface MarkedPiece {
  readonly start: number;
  readonly end: number;
  readonly kind: MarkKind | undefined;
}

/** A part of a text, cut where marks begin and end. */
export function markedPieces(marks: readonly Mark[], start: number, end: number): readonly MarkedPiece[] {
  const near = marks.filter((mark) => mark.start < end && mark.end > start);
  const inside = near.flatMap((mark) => [mark.start, mark.end]).filter((place) => place > start && place < end);
  const cuts = [...new Set([start, ...inside, end])].sort((one, other) => one - other);
  return cuts.slice(1).map((to, at) => {
    const from = cuts[at] as number;
    const own = near.filter((mark) => mark.start <= from && mark.end >= to).map(({ kind }) => markKinds.indexOf(kind));
    return { start: from, end: to, kind: own.length === 0 ? undefined : markKinds[Math.max(...own)] };
  });
}
