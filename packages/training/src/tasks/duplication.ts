import { defineTask } from './define-task.ts';
import { sizesOf } from './sizes.ts';
import { type Task, unanswered } from './task.ts';

export interface DuplicationTaskOptions {
  /** Symbols of the word; 15 by default. */
  readonly count?: number | undefined;
  /** Different symbols; 127 by default, as in the paper. */
  readonly symbols?: number | undefined;
}

/**
 * Reformer's duplication task: 0w0w, a word that is read and then written, the next token being asked for all through the second w. The
 * distance is always the same, so one lookup there solves it; other than in `copyTask`, what was written so far stands there to be read.
 * Tokens: 0 the separator, 1 … symbols. Chance: 1 / symbols.
 * @returns a task of `2 · count + 1` tokens: the last one is only answered
 * @throws ConfigError when a size is not an integer of at least 1
 * @cost O(tokens) of an example
 * @source Kitaev, Kaiser & Levskaya 2020 (arXiv 2001.04451) §5.1, table 2
 * @example
 * const task = duplicationTask({ count: 2, symbols: 9 });
 * [...task.solve([0, 7, 3, 0, 7])]; // => [-100, -100, -100, 7, 3]
 */
export function duplicationTask(options: DuplicationTaskOptions = {}): Task {
  const { count, symbols } = sizesOf('duplicationTask', options, { count: 15, symbols: 127 }, { count: 1, symbols: 1 });
  const length = 2 * count + 1;
  return defineTask({
    name: 'duplicationTask',
    vocabulary: symbols + 1,
    length,
    chance: 1 / symbols,
    draw(from) {
      const word = Array.from({ length: count }, () => 1 + from.below(symbols));
      const targets = new Int32Array(length).fill(unanswered);
      targets.set(word, count + 1);
      return { tokens: Int32Array.from([0, ...word, 0, ...word.slice(0, -1)]), targets };
    },
    solve(tokens) {
      const second = tokens.indexOf(0, 1);
      if (second !== count + 1) return undefined;
      const targets = new Int32Array(length).fill(unanswered);
      for (let at = second; at < length; at++) targets[at] = tokens[at - second + 1] as number;
      return targets;
    },
  });
}
