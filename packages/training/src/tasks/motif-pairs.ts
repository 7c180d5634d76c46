import { ConfigError } from '@longspan/core-tensor/error';
import { createKey } from '@longspan/core-tensor/key';
import { defineTask } from './define-task.ts';
import { draws } from './draws.ts';
import { sizesOf } from './sizes.ts';
import { type Task, unanswered } from './task.ts';

export interface MotifPairsTaskOptions {
  /** Tokens of an example; 128 by default. */
  readonly length?: number | undefined;
  /** Tokens from the beginning of the first motif to that of the second; 32 by default. */
  readonly distance?: number | undefined;
  /** Tokens of each motif; 3 by default. */
  readonly motifLength?: number | undefined;
  /** Different tokens, of which background and motifs are made; 4 by default, as in DNA. */
  readonly symbols?: number | undefined;
}

/**
 * Motif pairs at a distance, as where a factor binds two sites of a genome: is there a place where the second motif stands exactly so far after
 * the first one? Both stand in every example, at another distance where the answer is no; more of each may arise by chance. The motifs are
 * the same in all examples and follow from the options.
 * Tokens: 0 the question, 1 … symbols, then no and yes. Chance: 1 / 2, both answers are drawn equally often.
 * @returns a task of `length` tokens, of which the last asks
 * @throws ConfigError when a size is not an integer of at least 1 (symbols: of at least 2), or the pair does not fit; of `example`, where almost
 *   every background holds a pair
 * @cost O(length · motifLength) of an example; drawn again where the background holds a pair by chance, which short motifs do
 * @source ours; the setting is that of Avsec et al. 2021 (Nature Genetics 53), soft syntax of motifs
 * @example
 * const task = motifPairsTask({ length: 6, distance: 2, motifLength: 1, symbols: 5 });
 * task.solve(task.example(createKey(0)).tokens).length; // => 6
 */
export function motifPairsTask(options: MotifPairsTaskOptions = {}): Task {
  const caller = 'motifPairsTask';
  const { length, distance, motifLength, symbols } = sizesOf(
    caller,
    options,
    { length: 128, distance: 32, motifLength: 3, symbols: 4 },
    { length: 4, distance: 1, motifLength: 1, symbols: 2 },
  );
  const last = length - 1 - motifLength; // where a motif can stand
  if (distance < motifLength || distance >= last || symbols ** motifLength < 4)
    throw unfit(caller, { length, distance, motifLength, symbols });
  const [first, second] = motifsOf(motifLength, symbols);
  const [no, yes] = [symbols + 1, symbols + 2];
  const hasPair = (tokens: ArrayLike<number>): boolean => {
    const isAt = (motif: readonly number[], at: number): boolean => motif.every((symbol, index) => tokens[at + index] === symbol);
    for (let at = 0; at + distance <= last; at++) if (isAt(first, at) && isAt(second, at + distance)) return true;
    return false;
  };
  const others = (start: number): readonly number[] =>
    Array.from({ length: last + 1 }, (_, at) => at).filter((at) => Math.abs(at - start) >= motifLength && at - start !== distance);
  // Where the first motif may stand: the second one has to find another place than that of a pair.
  const starts = Array.from({ length: last - distance + 1 }, (_, at) => at).filter((at) => others(at).length > 0);
  return defineTask({
    name: caller,
    vocabulary: symbols + 3,
    length,
    chance: 1 / 2,
    draw(from) {
      const isPair = from.chance(1 / 2);
      for (let tries = 0; tries < mostTries; tries++) {
        const tokens = Int32Array.from({ length }, (_, at) => (at === length - 1 ? 0 : 1 + from.below(symbols)));
        const start = from.choice(starts);
        tokens.set(first, start);
        tokens.set(second, isPair ? start + distance : from.choice(others(start)));
        if (hasPair(tokens) !== isPair) continue;
        const targets = new Int32Array(length).fill(unanswered);
        targets[length - 1] = isPair ? yes : no;
        return { tokens, targets };
      }
      throw tooCommon(caller, length, symbols ** motifLength);
    },
    solve(tokens) {
      if (tokens[length - 1] !== 0) return undefined;
      const targets = new Int32Array(length).fill(unanswered);
      const found = tokens.flatMap((_, at) => (first.every((symbol, index) => tokens[at + index] === symbol) ? [at] : []));
      const isPair = found.some((at) => tokens.slice(at + distance, at + distance + motifLength).join() === second.join());
      targets[length - 1] = isPair ? yes : no;
      return targets;
    },
  });
}

const mostTries = 10_000;

/** Two motifs that differ, always the same of those sizes. */
function motifsOf(motifLength: number, symbols: number): readonly [readonly number[], readonly number[]] {
  const from = draws(createKey('motif pairs').fold(motifLength).fold(symbols));
  const motif = (): readonly number[] => Array.from({ length: motifLength }, () => 1 + from.below(symbols));
  const first = motif();
  for (;;) {
    const second = motif();
    if (second.join() !== first.join()) return [first, second];
  }
}

const unfit = (caller: string, sizes: Readonly<Record<string, number>>): ConfigError =>
  new ConfigError({
    caller,
    problem: 'the pair must fit into the length at its distance and at another one, and be rare enough.',
    expected: 'motifLength ≤ distance < length − 1 − motifLength, and symbols to the power of motifLength at least 4',
    got: Object.entries(sizes)
      .map(([name, size]) => `${name} ${size}`)
      .join(', '),
    remedy: 'take a longer example or a shorter distance, or longer motifs.',
  });

const tooCommon = (caller: string, length: number, motifs: number): ConfigError =>
  new ConfigError({
    caller,
    problem: 'pairs that arise by chance must be rare.',
    expected: `an example without one among ${mostTries}`,
    got: `${length} tokens with ${motifs} possible motifs`,
    remedy: 'take longer motifs or more symbols.',
  });
