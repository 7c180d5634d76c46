import { defineTask } from './define-task.ts';
import { sizesOf } from './sizes.ts';
import { type Task, unanswered } from './task.ts';

export interface AdditionTaskOptions {
  /** Digits of each number; 8 by default. */
  readonly digits?: number | undefined;
  /** The numbers' base; 10 by default. */
  readonly base?: number | undefined;
}

/**
 * Long addition: two numbers and their sum, the next digit of the sum being asked for each time. All are written from the lowest digit on, so
 * that carries go the way the model reads. Tokens: 0 … base − 1 the digits, then + and =. Chance: 1 / base for each digit but the last, which
 * is 0 or 1, and 0 a little more often.
 * @returns a task of `3 · digits + 2` tokens: the last digit is only answered
 * @throws ConfigError when digits is not an integer of at least 1, or base none of at least 2
 * @cost O(tokens) of an example
 * @source Lee et al. 2023 (arXiv 2307.03381), reversed; every number from its lowest digit on
 * @example
 * const task = additionTask({ digits: 2 });
 * [...task.solve([7, 1, 10, 5, 2, 11, 2, 4])]; // => [-100, -100, -100, -100, -100, 2, 4, 0]
 */
export function additionTask(options: AdditionTaskOptions = {}): Task {
  const { digits, base } = sizesOf('additionTask', options, { digits: 8, base: 10 }, { digits: 1, base: 2 });
  const length = 3 * digits + 2;
  const [plus, equals] = [base, base + 1];
  const chanceOfNoCarry = (1 + base ** -digits) / 2;
  return defineTask({
    name: 'additionTask',
    vocabulary: base + 2,
    length,
    chance: (digits / base + chanceOfNoCarry) / (digits + 1),
    draw(from) {
      const number = (): readonly number[] => Array.from({ length: digits }, () => from.below(base));
      const [one, other] = [number(), number()];
      const sum: number[] = [];
      let carry = 0;
      for (let at = 0; at < digits; at++) {
        const column = (one[at] as number) + (other[at] as number) + carry;
        sum.push(column % base);
        carry = Math.floor(column / base);
      }
      sum.push(carry);
      const targets = new Int32Array(length).fill(unanswered);
      targets.set(sum, 2 * digits + 1);
      return { tokens: Int32Array.from([...one, plus, ...other, equals, ...sum.slice(0, -1)]), targets };
    },
    solve(tokens) {
      if (tokens[digits] !== plus || tokens[2 * digits + 1] !== equals) return undefined;
      // By whole numbers, where the example was made digit by digit.
      const big = BigInt(base);
      const numberOf = (written: readonly number[]): bigint => written.reduceRight((sum, digit) => sum * big + BigInt(digit), 0n);
      let sum = numberOf(tokens.slice(0, digits)) + numberOf(tokens.slice(digits + 1, 2 * digits + 1));
      const targets = new Int32Array(length).fill(unanswered);
      for (let at = 2 * digits + 1; at < length; at++) {
        targets[at] = Number(sum % big);
        sum /= big;
      }
      return targets;
    },
  });
}
