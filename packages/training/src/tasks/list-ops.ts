import { ConfigError, requireKind, requireKnown } from '@longspan/core-tensor/error';
import { defineTask } from './define-task.ts';
import type { Draws } from './draws.ts';
import { sizesOf } from './sizes.ts';
import { type Task, unanswered } from './task.ts';

export interface ListOpsTaskOptions {
  /** Tokens of an example, those of shorter expressions filled up with 0 before them; 64 by default. */
  readonly length?: number | undefined;
  /** Tokens of the shortest expression; 4 by default. */
  readonly minLength?: number | undefined;
  /** Operators within each other at the most; 5 by default, 20 in the paper. */
  readonly depth?: number | undefined;
  /** Arguments of an operator at the most; 5 by default, as in the paper. */
  readonly maxArguments?: number | undefined;
  /** How often an argument is an expression and not a digit; 0.25 by default, as in the paper's code. */
  readonly nesting?: number | undefined;
}

/** An expression: a digit, or an operator with its arguments. */
type Tree = number | { readonly operator: number; readonly parts: readonly Tree[] };

const [firstDigit, firstOperator, close] = [1, 11, 15];

/** Minimum, maximum, median (of an even number the middle two's mean, cut to an integer) and sum modulo 10, as the paper's code has them. */
const operators: readonly ((digits: readonly number[]) => number)[] = [
  (digits) => Math.min(...digits),
  (digits) => Math.max(...digits),
  (digits) => {
    const sorted = [...digits].sort((one, other) => one - other);
    const middle = (sorted.length - 1) / 2;
    return Math.floor(((sorted[Math.floor(middle)] as number) + (sorted[Math.ceil(middle)] as number)) / 2);
  },
  (digits) => digits.reduce((sum, digit) => sum + digit, 0) % 10,
];

/**
 * ListOps: nested lists with an operator each, minimum, maximum, median or sum modulo 10, to be worked out to a digit: `[MAX 2 9 [MIN 4 7 ] 0 ]`.
 * Other than in the paper the ten answers are equally likely, each being drawn before its expression; else 0 and 9 are the most frequent.
 * Tokens: 0 padding, 1 … 10 the digits 0 … 9, 11 [MIN, 12 [MAX, 13 [MED, 14 [SM, 15 ]. The last one answers with the digit's token. Chance: 1 / 10.
 * @returns a task of `length` tokens, of which the last closes the expression and answers
 * @throws ConfigError when a size is not possible, and (of `example`) where hardly an expression is of that length
 * @cost O(length) of an expression, of which some dozens are drawn, more where few are of that length
 * @source Nangia & Bowman 2018 (arXiv 1804.06028) §2 and its make_data.py; in Long Range Arena (arXiv 2011.04006) §2.2.1
 * @example
 * const task = listOpsTask({ length: 9 });
 * const answers = task.solve([0, 12, 3, 10, 11, 5, 8, 15, 15]); // [MAX 2 9 [MIN 4 7 ] ]
 * answers[8] - 1; // => 9
 */
export function listOpsTask(options: ListOpsTaskOptions = {}): Task {
  const caller = 'listOpsTask';
  requireKnown(caller, options, { length: true, minLength: true, depth: true, maxArguments: true, nesting: 'amount' });
  const { nesting = 0.25, ...given } = options;
  const { length, minLength, depth, maxArguments } = sizesOf(
    caller,
    given,
    { length: 64, minLength: 4, depth: 5, maxArguments: 5 },
    { length: 4, minLength: 4, depth: 1, maxArguments: 2 },
  );
  requireShare(caller, nesting);
  if (minLength > length) throw tooShort(caller, minLength, length);
  return defineTask({
    name: caller,
    vocabulary: 16,
    length,
    chance: 1 / 10,
    draw(from) {
      const answer = from.below(10);
      for (let tries = 0; tries < mostTries; tries++) {
        const tree = listOf(from, { depth, maxArguments, nesting });
        const written = tokensOf(tree);
        if (written.length < minLength || written.length > length || digitOf(tree) !== answer) continue;
        const tokens = new Int32Array(length);
        tokens.set(written, length - written.length);
        const targets = new Int32Array(length).fill(unanswered);
        targets[length - 1] = firstDigit + answer;
        return { tokens, targets };
      }
      throw tooRare(caller, minLength, length);
    },
    solve(tokens) {
      const value = evaluated(tokens.slice(tokens.findIndex((token) => token !== 0)));
      if (value === undefined) return undefined;
      const targets = new Int32Array(length).fill(unanswered);
      targets[length - 1] = firstDigit + value;
      return targets;
    },
  });
}

const mostTries = 100_000;

interface Grammar {
  readonly depth: number;
  readonly maxArguments: number;
  readonly nesting: number;
}

function listOf(from: Draws, grammar: Grammar): Tree {
  const { depth, maxArguments, nesting } = grammar;
  const operator = from.below(operators.length);
  const count = 2 + from.below(maxArguments - 1);
  const part = (): Tree => (depth > 1 && from.chance(nesting) ? listOf(from, { ...grammar, depth: depth - 1 }) : from.below(10));
  return { operator, parts: Array.from({ length: count }, part) };
}

const tokensOf = (tree: Tree): readonly number[] =>
  typeof tree === 'number' ? [firstDigit + tree] : [firstOperator + tree.operator, ...tree.parts.flatMap(tokensOf), close];

const digitOf = (tree: Tree): number =>
  typeof tree === 'number' ? tree : (operators[tree.operator] as (typeof operators)[number])(tree.parts.map(digitOf));

/** By a stack, where the example was made as a tree. */
function evaluated(tokens: readonly number[]): number | undefined {
  const open: { readonly operator: number; readonly digits: number[] }[] = [];
  for (const [at, token] of tokens.entries()) {
    if (token >= firstOperator && token < close) {
      open.push({ operator: token - firstOperator, digits: [] });
      continue;
    }
    const list = token === close ? open.pop() : undefined;
    if (token === 0 || (token === close && (list === undefined || list.digits.length === 0))) return undefined;
    const digit = list === undefined ? token - firstDigit : (operators[list.operator] as (typeof operators)[number])(list.digits);
    const around = open.at(-1);
    if (around === undefined) return at === tokens.length - 1 ? digit : undefined;
    around.digits.push(digit);
  }
  return undefined;
}

function requireShare(caller: string, nesting: number): void {
  requireKind(caller, 'nesting', nesting, 'amount');
  if (nesting <= 1) return;
  throw new ConfigError({
    caller,
    problem: 'nesting must be in [0, 1].',
    expected: 'how often an argument is an expression, 0 … 1',
    got: String(nesting),
    remedy: 'write 0.25 for one in four.',
  });
}

const tooShort = (caller: string, minLength: number, length: number): ConfigError =>
  new ConfigError({
    caller,
    problem: 'minLength must be at most length.',
    expected: `at most ${length} (length)`,
    got: String(minLength),
    remedy: 'take longer examples.',
  });

const tooRare = (caller: string, minLength: number, length: number): ConfigError =>
  new ConfigError({
    caller,
    problem: 'expressions of that length must not be too rare.',
    expected: `one of ${minLength} … ${length} tokens among ${mostTries}`,
    got: 'none',
    remedy: 'take more depth, maxArguments or nesting, or a smaller minLength.',
  });
