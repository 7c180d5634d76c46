import { dispose, fill, keep, type Tensor } from '@tensorflow/tfjs-core';

/** Numbers beside operands and results: what is written next to a tensor, further than the backend's own records lie between, shows there. */
export interface Guards {
  /** Makes a tensor between two of them. */
  around(make: () => Tensor): Tensor;
  /** Poisons memory of these sizes, between guards: what a kernel leaves unwritten there is NaN, not the result of an earlier call. */
  poison(shapes: readonly (readonly number[])[]): void;
  /** How many numbers of all of them have changed. Disposes them. */
  changed(): Promise<number>;
}

/** No call computes it. */
export const guardMark = 1234.5;

/** Another mark, which shows in whatever is computed with it. */
export const otherMark: number = Number.NaN;
const length = 48;

export function guards(mark: number = guardMark): Guards {
  const all: Tensor[] = [];
  const guard = (): void => void all.push(keep(fill([length], mark))); // tidies around a call are not theirs
  const around = (make: () => Tensor): Tensor => {
    guard();
    const made = make();
    guard();
    return made;
  };
  return {
    around,
    poison(shapes) {
      // All are made before any is dropped, so that no two share their memory.
      dispose(shapes.map((shape) => around(() => fill([...shape], Number.NaN))));
    },
    async changed() {
      const numbers = await Promise.all(all.map((each) => each.data()));
      dispose(all);
      return numbers.reduce((sum, values) => sum + values.filter((value) => !Object.is(value, mark)).length, 0);
    },
  };
}
