import { expect, it } from 'vitest';
import { alternate, type Timed } from './alternate.ts';

/** A side whose runs take the given seconds, one after the other, the last for ever. */
function scripted(name: string, log: string[], seconds: readonly number[]): Timed {
  let run = 0;
  return {
    times: async (runs) => {
      log.push(`${name} ${runs}`);
      return Array.from({ length: runs }, () => seconds[Math.min(run++, seconds.length - 1)] as number);
    },
  };
}

const pace = { rounds: 4, budgetSeconds: 1000, turnSeconds: 0.2 };

it('lets the sides begin in turn, as many runs as fit into a turn after one that is not counted', async () => {
  const log: string[] = [];
  const [base, head] = [scripted('base', log, [0.1]), scripted('head', log, [0.05])];
  expect(await alternate([base, head], pace, 1, async () => {})).toEqual(Array(4).fill([0.1, 0.05]));
  const [there, back] = [
    ['base 3', 'head 5'],
    ['head 5', 'base 3'],
  ];
  expect(log).toEqual(['base 1', 'base 1', 'head 1', 'head 1', ...there, ...back, ...there, ...back]);
});

it('counts neither the run that sets up nor the first of a turn', async () => {
  const base = scripted('', [], [0.1, 0.1, 99, 0.1, 0.1, 99, 0.2, 0.2, 99, 0.3, 0.3]);
  const head = scripted('', [], [0.1]);
  expect((await alternate([base, head], { ...pace, rounds: 3 }, 1, async () => {})).map(([ofBase]) => ofBase)).toEqual([0.1, 0.2, 0.3]);
});

it('runs what is longer than a turn once a turn, and never less than three rounds', async () => {
  const log: string[] = [];
  const done: number[] = [];
  const sides = [scripted('base', log, [60]), scripted('head', log, [0.15])];
  const rounds = await alternate(sides, { ...pace, budgetSeconds: 1 }, 1, async (share) => void done.push(share));
  expect(rounds).toEqual(Array(3).fill([60, 0.15]));
  expect(done).toEqual([1 / 3, 2 / 3, 1]);
  expect(log.filter((line) => line.startsWith('base'))).toEqual(Array(4).fill('base 1'));
});
