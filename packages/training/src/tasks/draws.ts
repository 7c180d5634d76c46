import { type Key, randomBits } from '@longspan/core-tensor/key';

/** Random choices one after the other, all from one key. */
export interface Draws {
  /** An integer of 0 … range − 1, each equally likely. */
  below(range: number): number;
  /** True with that probability. */
  chance(probability: number): boolean;
  /** One of a list. */
  choice<Value>(values: readonly Value[]): Value;
  /** That many different integers of 0 … range − 1, in random order. */
  distinct(count: number, range: number): readonly number[];
}

/** Words that are drawn at once. */
const blockLength = 256;

export function draws(key: Key): Draws {
  let block: Uint32Array = new Uint32Array(0);
  let at = 0;
  let blocks = 0;
  const word = (): number => {
    if (at === block.length) {
      block = randomBits(key.fold(blocks++), blockLength);
      at = 0;
    }
    return block[at++] as number;
  };
  const below = (range: number): number => {
    const limit = 2 ** 32 - (2 ** 32 % range); // words from there on would favour the small ones
    for (;;) {
      const drawn = word();
      if (drawn < limit) return drawn % range;
    }
  };
  return {
    below,
    chance: (probability) => word() < probability * 2 ** 32,
    choice: (values) => values[below(values.length)] as (typeof values)[number],
    distinct(count, range) {
      const moved = new Map<number, number>(); // the first steps of Fisher and Yates, of which only the changes are kept
      return Array.from({ length: count }, (_, index) => {
        const other = index + below(range - index);
        const drawn = moved.get(other) ?? other;
        moved.set(other, moved.get(index) ?? index);
        return drawn;
      });
    },
  };
}
