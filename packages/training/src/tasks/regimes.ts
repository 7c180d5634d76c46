import { ConfigError } from '@longspan/core-tensor/error';
import { defineTask } from './define-task.ts';
import { sizesOf } from './sizes.ts';
import { type Task, unanswered } from './task.ts';

export interface RegimeTaskOptions {
  /** Tokens of an example; 128 by default. */
  readonly length?: number | undefined;
  /** Different regimes; 3 by default. */
  readonly regimes?: number | undefined;
  /** Steps that a regime lasts at least, and half of those that it may; 8 by default. */
  readonly dwell?: number | undefined;
  /** Different values of the series, which goes round; 16 by default. */
  readonly values?: number | undefined;
}

/**
 * A series that goes through regimes, each with a step of its own, and changes from one to another without a sign: which regime ruled for the
 * most steps? Each step shows its regime, but the answer needs all of them. No example has two that ruled equally long.
 * Tokens: 0 … values − 1 the series, then the question, then the regimes. Chance: 1 / regimes.
 * @returns a task of `length` tokens, of which the last asks
 * @throws ConfigError when a size is not an integer of at least 1 (regimes: of at least 2, length: 3), or values are not more than regimes
 * @cost O(length) of an example; drawn again where two regimes ruled equally long
 * @source ours; regimes as in Hamilton 1989 (Econometrica 57), without noise, so that the answer can be proved
 * @example
 * const task = regimeTask({ length: 6, regimes: 2, dwell: 1, values: 8 });
 * [...task.solve([6, 7, 1, 3, 5, 8])]; // => [-100, -100, -100, -100, -100, 10]
 */
export function regimeTask(options: RegimeTaskOptions = {}): Task {
  const caller = 'regimeTask';
  const { length, regimes, dwell, values } = sizesOf(
    caller,
    options,
    { length: 128, regimes: 3, dwell: 8, values: 16 },
    { length: 3, regimes: 2, dwell: 1, values: 3 },
  );
  if (values <= regimes) throw tooFewValues(caller, values, regimes);
  const question = values;
  /** The regime that ruled longest, by how long each did; undefined where two did. */
  const longest = (steps: readonly number[]): number | undefined => {
    const most = Math.max(...steps);
    return steps.indexOf(most) === steps.lastIndexOf(most) ? steps.indexOf(most) : undefined;
  };
  return defineTask({
    name: caller,
    vocabulary: values + 1 + regimes,
    length,
    chance: 1 / regimes,
    draw(from) {
      for (;;) {
        const tokens = new Int32Array(length).fill(question);
        const ruled = new Array<number>(regimes).fill(0);
        let regime = from.below(regimes);
        let left = dwell + from.below(dwell + 1);
        let value = from.below(values);
        tokens[0] = value;
        for (let at = 1; at < length - 1; at++) {
          if (left === 0) {
            regime = (regime + 1 + from.below(regimes - 1)) % regimes; // another one
            left = dwell + from.below(dwell + 1);
          }
          left--;
          ruled[regime] = (ruled[regime] as number) + 1;
          value = (value + regime + 1) % values;
          tokens[at] = value;
        }
        const answer = longest(ruled);
        if (answer === undefined) continue;
        const targets = new Int32Array(length).fill(unanswered);
        targets[length - 1] = question + 1 + answer;
        return { tokens, targets };
      }
    },
    solve(tokens) {
      const series = tokens.slice(0, -1);
      if (tokens.at(-1) !== question || series.some((value) => value >= values)) return undefined;
      const steps = series.slice(1).map((value, at) => (value - (series[at] as number) + values) % values);
      const answer = longest(Array.from({ length: regimes }, (_, regime) => steps.filter((step) => step === regime + 1).length));
      if (answer === undefined || steps.some((step) => step < 1 || step > regimes)) return undefined;
      const targets = new Int32Array(length).fill(unanswered);
      targets[length - 1] = question + 1 + answer;
      return targets;
    },
  });
}

const tooFewValues = (caller: string, values: number, regimes: number): ConfigError =>
  new ConfigError({
    caller,
    problem: 'values must be more than regimes, so that each step shows its regime.',
    expected: `more than ${regimes} (regimes)`,
    got: String(values),
    remedy: 'take more values.',
  });
