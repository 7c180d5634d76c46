import { dispose, fill, type Tensor } from '@tensorflow/tfjs-core';

/** Numbers beside operands and results: what is written next to a tensor instead of into it shows there. */
export interface Guards {
  /** Makes a tensor between two of them. */
  around(make: () => Tensor): Tensor;
  /** Poisons memory of these sizes, between guards: what a kernel leaves unwritten there is NaN, not the result of an earlier call. */
  poison(shapes: readonly (readonly number[])[]): void;
  /** How many numbers of all of them have changed. Disposes them. */
  changed(): Promise<number>;
}

const mark = 1234.5;
const length = 48;

export function guards(): Guards {
  const all: Tensor[] = [];
  const guard = (): void => void all.push(fill([length], mark));
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
      return numbers.reduce((sum, values) => sum + values.filter((value) => value !== mark).length, 0);
    },
  };
}
