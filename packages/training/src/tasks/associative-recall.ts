import { ConfigError } from '@longspan/core-tensor/error';
import { defineTask } from './define-task.ts';
import { sizesOf } from './sizes.ts';
import { type Task, unanswered } from './task.ts';

export interface AssociativeRecallTaskOptions {
  /** Pairs of a key and a value; 8 by default. */
  readonly pairs?: number | undefined;
  /** Keys that are asked for, each one of the pairs' and some perhaps again; 8 by default. */
  readonly queries?: number | undefined;
  /** Different keys; 32 by default. */
  readonly keys?: number | undefined;
  /** Different values; 32 by default. */
  readonly values?: number | undefined;
  /** Blanks between the pairs and the queries; none by default. */
  readonly gap?: number | undefined;
}

/**
 * Multi-query associative recall (MQAR): pairs of key and value, drawn anew in each example, then keys, each to be answered by its value.
 * Tokens: 0 a blank, then the keys, then the values. Chance: 1 / values; who names any value of the example reaches 1 / pairs.
 * @returns a task of `2 · pairs + gap + queries` tokens
 * @throws ConfigError when a size is not an integer of at least 1 (gap: of at least 0), or there are more pairs than keys
 * @cost O(tokens) of an example
 * @source Arora et al. 2023 (arXiv 2312.04927) §3.2 and appendix
 * @example
 * const task = associativeRecallTask({ pairs: 2, queries: 2, keys: 4, values: 3 });
 * [...task.solve([4, 6, 1, 5, 1, 4])]; // => [-100, -100, -100, -100, 5, 6]
 */
export function associativeRecallTask(options: AssociativeRecallTaskOptions = {}): Task {
  const caller = 'associativeRecallTask';
  const { pairs, queries, keys, values, gap } = sizesOf(
    caller,
    options,
    { pairs: 8, queries: 8, keys: 32, values: 32, gap: 0 },
    { pairs: 1, queries: 1, keys: 1, values: 1, gap: 0 },
  );
  if (pairs > keys) throw tooFewKeys(caller, pairs, keys);
  const length = 2 * pairs + gap + queries;
  const firstQuery = 2 * pairs + gap;
  return defineTask({
    name: caller,
    vocabulary: 1 + keys + values,
    length,
    chance: 1 / values,
    draw(from) {
      const tokens = new Int32Array(length);
      const targets = new Int32Array(length).fill(unanswered);
      const own = from.distinct(pairs, keys);
      for (const [at, key] of own.entries()) tokens.set([1 + key, 1 + keys + from.below(values)], 2 * at);
      for (let at = firstQuery; at < length; at++) {
        const pair = from.below(pairs);
        tokens[at] = tokens[2 * pair] as number;
        targets[at] = tokens[2 * pair + 1] as number;
      }
      return { tokens, targets };
    },
    solve(tokens) {
      const known = new Map<number, number>();
      for (let at = 0; at < 2 * pairs; at += 2) known.set(tokens[at] as number, tokens[at + 1] as number);
      const answers = tokens.slice(firstQuery).map((key) => known.get(key));
      if (answers.includes(undefined)) return undefined;
      return Int32Array.from([...new Array<number>(firstQuery).fill(unanswered), ...(answers as number[])]);
    },
  });
}

const tooFewKeys = (caller: string, pairs: number, keys: number): ConfigError =>
  new ConfigError({
    caller,
    problem: 'there must be a key for each pair.',
    expected: `pairs of at most ${keys} (keys)`,
    got: String(pairs),
    remedy: 'take fewer pairs or more keys.',
  });
