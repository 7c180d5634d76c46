import { type Tensor, tensor } from '@tensorflow/tfjs-core';

/** Numbers of the host: they belong to no backend. */
export interface Numbers {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/** Lists of chosen things, one for each row of [b, h, n]. */
export type Choices = readonly (readonly (readonly (readonly number[])[])[])[];

/** Where a row of [b, h, n, ...] stands. */
export interface RowPlace {
  readonly batch: number;
  readonly head: number;
  readonly row: number;
}

/** Makes a choice for each row of [b, h, n, candidates]. */
export function choicesOf(
  { shape: [batch = 0, heads = 0, rows = 0, width = 0], values }: Numbers,
  choose: (scores: readonly number[], place: RowPlace) => readonly number[],
): Choices {
  return upTo(batch, (b) =>
    upTo(heads, (head) =>
      upTo(rows, (row) => {
        const start = ((b * heads + head) * rows + row) * width;
        return choose(
          upTo(width, (at) => values[start + at] as number),
          { batch: b, head, row },
        );
      }),
    ),
  );
}

/** Which of the numbers are the highest, ascending; of equal ones the first. −Infinity is none. */
export const highest = (scores: readonly number[], count: number): number[] =>
  scores
    .map((score, at) => ({ score, at }))
    .filter(({ score }) => score > Number.NEGATIVE_INFINITY)
    .sort((one, other) => other.score - one.score || one.at - other.at)
    .slice(0, count)
    .map(({ at }) => at)
    .sort((one, other) => one - other);

/** The lists as a function under test returns them: one after the other, each filled up with −1. */
export const flatChoices = (choices: Choices, width: number): number[] =>
  choices.flat(2).flatMap((list) => upTo(width, (at) => list[at] ?? -1));

/** 1 where the candidate was chosen, else 0: [b, h, n, candidates]. */
export const marksOf = (choices: Choices, candidates: number): Tensor =>
  tensor(Float32Array.from(choices.flat(2).flatMap((list) => upTo(candidates, (candidate) => Number(list.includes(candidate))))), [
    choices.length,
    choices[0]?.length ?? 0,
    choices[0]?.[0]?.length ?? 0,
    candidates,
  ]);

/** A list of what is made for 0, 1, ... count − 1. */
export const upTo = <Value>(count: number, make: (at: number) => Value): Value[] => Array.from({ length: count }, (_, at) => make(at));
