import { ConfigError, requireIntegers, requireKind, stamped } from '@longspan/core-tensor/error';
import type { Key } from '@longspan/core-tensor/key';
import { type Draws, draws } from './draws.ts';
import type { Task, TaskExample } from './task.ts';

/** A task but for the checks. */
export interface TaskDefinition {
  readonly name: string;
  readonly vocabulary: number;
  readonly length: number;
  readonly chance: number;
  readonly draw: (from: Draws) => TaskExample;
  /** Of tokens in the vocabulary and of the right length; undefined where they are no example. */
  readonly solve: (tokens: readonly number[]) => Int32Array | undefined;
}

/** Makes a task of what is different about it: the checks are the same for all. */
export function defineTask({ name, vocabulary, length, chance, draw, solve }: TaskDefinition): Task {
  return stamped({
    name,
    vocabulary,
    length,
    chance,
    example(key: Key) {
      requireKind(name, 'key', key, 'key');
      return draw(draws(key));
    },
    solve(tokens: ArrayLike<number>) {
      const all = requireIntegers(name, 'tokens', tokens, 0);
      const found = all.length === length && all.every((token) => token < vocabulary) ? solve(all) : undefined;
      if (found !== undefined) return found;
      throw new ConfigError({
        caller: name,
        problem: 'tokens must be those of an example of this task.',
        expected: `${length} tokens of 0 … ${vocabulary - 1}, in the order that the task says`,
        got: `${all.length} tokens, the largest of them ${all.reduce((most, token) => Math.max(most, token), 0)}`,
        remedy: 'give the tokens of example(key), of a task that was made with the same options.',
      });
    },
  } satisfies Task);
}
