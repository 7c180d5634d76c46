import { defineTask } from './define-task.ts';
import { sizesOf } from './sizes.ts';
import { type Task, unanswered } from './task.ts';

export interface SortingTaskOptions {
  /** Symbols to sort; 10 by default. */
  readonly count?: number | undefined;
  /** Different symbols; 10 by default. */
  readonly symbols?: number | undefined;
}

/**
 * Sorting: symbols in any order, some perhaps several times, then the same in ascending order, the next one being asked for each time.
 * Tokens: 0 the separator, 1 … symbols. Chance: that of the likeliest symbol at each place of a sorted list.
 * @returns a task of `2 · count` tokens: the last one is only answered
 * @throws ConfigError when a size is not an integer of at least 1
 * @cost O(count · log count) of an example; O(count² · symbols) once, for the chance
 * @source Graves, Wayne & Danihelka 2014 (arXiv 1410.5401) §4.5, without the priorities
 * @example
 * const task = sortingTask({ count: 3, symbols: 9 });
 * [...task.solve([7, 2, 5, 0, 2, 5])]; // => [-100, -100, -100, 2, 5, 7]
 */
export function sortingTask(options: SortingTaskOptions = {}): Task {
  const { count, symbols } = sizesOf('sortingTask', options, { count: 10, symbols: 10 }, { count: 1, symbols: 1 });
  const length = 2 * count;
  return defineTask({
    name: 'sortingTask',
    vocabulary: symbols + 1,
    length,
    chance: sortedChance(count, symbols),
    draw(from) {
      const word = Array.from({ length: count }, () => 1 + from.below(symbols));
      const sorted = [...word].sort((one, other) => one - other);
      const targets = new Int32Array(length).fill(unanswered);
      targets.set(sorted, count);
      return { tokens: Int32Array.from([...word, 0, ...sorted.slice(0, -1)]), targets };
    },
    solve(tokens) {
      if (tokens.indexOf(0) !== count) return undefined;
      // By counting, where the example was made by comparing.
      const counts = new Int32Array(symbols + 1);
      for (const token of tokens.slice(0, count)) counts[token] = (counts[token] as number) + 1;
      const targets = new Int32Array(length).fill(unanswered);
      let at = count;
      for (const [symbol, times] of counts.entries()) {
        targets.fill(symbol, at, at + times);
        at += times;
      }
      return targets;
    },
  });
}

/** The mean over places of how likely the likeliest symbol is there: order statistics of uniform symbols. */
function sortedChance(count: number, symbols: number): number {
  // The probability that at least `place` of all symbols are at most `symbol`, that is, that the one at this place is.
  const below = Array.from({ length: symbols + 1 }, (_, symbol) => tails(count, symbol / symbols));
  let sum = 0;
  for (let place = 1; place <= count; place++) {
    let most = 0;
    for (let symbol = 1; symbol <= symbols; symbol++) {
      most = Math.max(most, (below[symbol]?.[place] as number) - (below[symbol - 1]?.[place] as number));
    }
    sum += most;
  }
  return sum / count;
}

/** P(X ≥ place) of a binomial X, for all places 0 … count. */
function tails(count: number, p: number): readonly number[] {
  let chances = [1]; // of 0 … so many successes, one trial after the other
  for (let trial = 0; trial < count; trial++) {
    const before = chances;
    chances = Array.from({ length: before.length + 1 }, (_, hits) => (before[hits] ?? 0) * (1 - p) + (before[hits - 1] ?? 0) * p);
  }
  const found = new Array<number>(count + 2).fill(0);
  for (let place = count; place >= 0; place--) found[place] = (found[place + 1] as number) + (chances[place] as number);
  return found;
}
