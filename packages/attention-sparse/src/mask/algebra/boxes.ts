import type { Span } from '@longspan/core-tensor/layout';

/** A ragged start, whole planes and a ragged end, the ragged ones again in up to three. */
const MOST_BOXES = 7;

/**
 * A span of positions cut into boxes of the grid that they lie in row by row. One object is used again for one span after the
 * other: descents ask for millions.
 */
export class Boxes {
  readonly #shape: readonly number[];
  readonly #height: number;
  readonly #width: number;
  readonly #length: number;
  /** First and last coordinate of each axis of each box; the axes are always depth, height, width. */
  readonly #ends: Float64Array = new Float64Array(MOST_BOXES * 6);
  #count = 0;

  constructor(shape: readonly number[]) {
    const [width = 1, height = 1, depth = 1] = [...shape].reverse();
    this.#shape = shape;
    this.#height = height;
    this.#width = width;
    this.#length = depth * height * width;
  }

  /** Cuts the part of the span that lies in the grid; gives the number of boxes. */
  cut({ start, end }: Span): number {
    this.#count = 0;
    const from = Math.max(start, 0);
    const to = Math.min(end, this.#length);
    if (from < to) this.#cutPlanes(from, to);
    return this.#count;
  }

  first(box: number, axis: number): number {
    return this.#ends[box * 6 + (axis + 3 - this.#shape.length) * 2] as number;
  }

  last(box: number, axis: number): number {
    return this.#ends[box * 6 + (axis + 3 - this.#shape.length) * 2 + 1] as number;
  }

  #cutPlanes(start: number, end: number): void {
    const plane = this.#height * this.#width;
    const first = Math.floor(start / plane);
    const last = Math.floor((end - 1) / plane);
    const startWithin = start - first * plane;
    const endWithin = end - last * plane;
    if (first === last) {
      this.#cutRows(first, startWithin, endWithin);
      return;
    }
    const firstWhole = startWithin === 0 ? first : first + 1;
    const lastWhole = endWithin === plane ? last : last - 1;
    if (firstWhole > first) this.#cutRows(first, startWithin, plane);
    if (firstWhole <= lastWhole) this.#add(firstWhole, lastWhole, 0, this.#height - 1, 0, this.#width - 1);
    if (lastWhole < last) this.#cutRows(last, 0, endWithin);
  }

  #cutRows(plane: number, start: number, end: number): void {
    const width = this.#width;
    const first = Math.floor(start / width);
    const last = Math.floor((end - 1) / width);
    const left = start - first * width;
    const right = end - 1 - last * width;
    if (first === last) {
      this.#add(plane, plane, first, first, left, right);
      return;
    }
    const firstWhole = left === 0 ? first : first + 1;
    const lastWhole = right === width - 1 ? last : last - 1;
    if (firstWhole > first) this.#add(plane, plane, first, first, left, width - 1);
    if (firstWhole <= lastWhole) this.#add(plane, plane, firstWhole, lastWhole, 0, width - 1);
    if (lastWhole < last) this.#add(plane, plane, last, last, 0, right);
  }

  #add(firstZ: number, lastZ: number, firstY: number, lastY: number, firstX: number, lastX: number): void {
    const at = this.#count++ * 6;
    const ends = this.#ends;
    ends[at] = firstZ;
    ends[at + 1] = lastZ;
    ends[at + 2] = firstY;
    ends[at + 3] = lastY;
    ends[at + 4] = firstX;
    ends[at + 5] = lastX;
  }
}
