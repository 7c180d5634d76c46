import { ConfigError } from '@longspan/core-tensor/error';
import { defineTask } from './define-task.ts';
import { sizesOf } from './sizes.ts';
import { type Task, unanswered } from './task.ts';

export interface NeedleTaskOptions {
  /** Tokens of an example; 128 by default. */
  readonly length?: number | undefined;
  /** Needles, one of which is asked for; 1 by default. */
  readonly needles?: number | undefined;
  /** Different names of needles; 8 by default. */
  readonly keys?: number | undefined;
  /** Different values; 8 by default. */
  readonly values?: number | undefined;
  /** Different tokens of the haystack; 16 by default. */
  readonly hay?: number | undefined;
}

/**
 * A needle in a haystack: somewhere in a long text of no meaning stands a mark, a name and a value; at the end the value of that name is asked
 * for. With several needles the others distract. The place is drawn anew each time.
 * Tokens: 0 the mark of a needle, 1 the question, then the names, the values and the hay. Chance: 1 / values.
 * @returns a task of `length` tokens, of which the last asks: `… 0 name value … 1 name`
 * @throws ConfigError when a size is not an integer of at least 1, the needles do not fit, or there are fewer names than needles
 * @cost O(tokens) of an example
 * @source Kamradt 2023, Needle in a haystack; in single tokens: RULER (Hsieh et al. 2024, arXiv 2404.06654), S-NIAH and MK-NIAH
 * @example
 * const task = needleTask({ length: 7, keys: 2, values: 2, hay: 2 });
 * [...task.solve([6, 0, 3, 4, 7, 1, 3])]; // => [-100, -100, -100, -100, -100, -100, 4]
 */
export function needleTask(options: NeedleTaskOptions = {}): Task {
  const caller = 'needleTask';
  const { length, needles, keys, values, hay } = sizesOf(
    caller,
    options,
    { length: 128, needles: 1, keys: 8, values: 8, hay: 16 },
    { length: 5, needles: 1, keys: 1, values: 1, hay: 1 },
  );
  const spare = length - 2 - 3 * needles; // tokens of hay
  if (spare < 0 || needles > keys) throw tooMany(caller, needles, Math.min(Math.floor((length - 2) / 3), keys));
  const [firstValue, firstHay] = [2 + keys, 2 + keys + values];
  return defineTask({
    name: caller,
    vocabulary: 2 + keys + values + hay,
    length,
    chance: 1 / values,
    draw(from) {
      const names = from.distinct(needles, keys);
      const places = [...from.distinct(needles, spare + needles)].sort((one, other) => one - other); // among the pieces of hay
      const tokens: number[] = [];
      const own: (readonly [number, number])[] = [];
      for (let piece = 0; piece < spare + needles; piece++) {
        if (piece !== places[own.length]) {
          tokens.push(firstHay + from.below(hay));
          continue;
        }
        const needle = [2 + (names[own.length] as number), firstValue + from.below(values)] as const;
        own.push(needle);
        tokens.push(0, ...needle);
      }
      const [name, value] = from.choice(own);
      const targets = new Int32Array(length).fill(unanswered);
      targets[length - 1] = value;
      return { tokens: Int32Array.from([...tokens, 1, name]), targets };
    },
    solve(tokens) {
      const name = tokens[length - 1];
      const mark = tokens.findIndex((token, at) => token === 0 && tokens[at + 1] === name);
      if (mark < 0 || tokens[length - 2] !== 1) return undefined;
      const targets = new Int32Array(length).fill(unanswered);
      targets[length - 1] = tokens[mark + 2] as number;
      return targets;
    },
  });
}

const tooMany = (caller: string, needles: number, most: number): ConfigError =>
  new ConfigError({
    caller,
    problem: 'the needles must fit into the length, and have names that differ.',
    expected: `needles of at most ${most}: three tokens each besides the two of the question, one of keys each`,
    got: String(needles),
    remedy: 'take a longer example, more keys or fewer needles.',
  });
