import { defineTask } from './define-task.ts';
import { sizesOf } from './sizes.ts';
import { type Task, unanswered } from './task.ts';

export interface CopyTaskOptions {
  /** Symbols to remember; 10 by default. */
  readonly count?: number | undefined;
  /** Different symbols; 8 by default. */
  readonly symbols?: number | undefined;
  /** Blanks between the symbols and where they are asked for: how long they must be remembered; 20 by default. */
  readonly delay?: number | undefined;
}

/**
 * The copying memory task: symbols, a long wait, and then one symbol after the other is asked for by a cue that does not say which.
 * Tokens: 0 a blank, 1 … symbols, then the cue. Chance: 1 / symbols.
 * @returns a task of `2 · count + delay` tokens
 * @throws ConfigError when a size is not an integer of at least 1 (delay: of at least 0)
 * @cost O(tokens) of an example
 * @source Hochreiter & Schmidhuber 1997; as in Arjovsky, Shah & Bengio 2016 (arXiv 1511.06464) §4.1, with a cue at each answer
 * @example
 * const task = copyTask({ count: 2, symbols: 3, delay: 1 });
 * [...task.solve([3, 1, 0, 4, 4])]; // => [-100, -100, -100, 3, 1]
 */
export function copyTask(options: CopyTaskOptions = {}): Task {
  const { count, symbols, delay } = sizesOf('copyTask', options, { count: 10, symbols: 8, delay: 20 }, { count: 1, symbols: 1, delay: 0 });
  const length = 2 * count + delay;
  const cue = symbols + 1;
  return defineTask({
    name: 'copyTask',
    vocabulary: symbols + 2,
    length,
    chance: 1 / symbols,
    draw(from) {
      const tokens = new Int32Array(length).fill(cue, count + delay);
      const targets = new Int32Array(length).fill(unanswered);
      for (let at = 0; at < count; at++) {
        const symbol = 1 + from.below(symbols);
        tokens[at] = symbol;
        targets[count + delay + at] = symbol;
      }
      return { tokens, targets };
    },
    solve(tokens) {
      const targets = new Int32Array(length).fill(unanswered);
      const asked = tokens.flatMap((token, at) => (token === cue ? [at] : []));
      const copied = tokens.filter((token) => token !== 0 && token !== cue);
      if (asked.length !== count || copied.length !== count) return undefined;
      targets.set(copied, asked[0]);
      return targets;
    },
  });
}
