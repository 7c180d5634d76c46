import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Attack } from './attack.ts';
import { Files } from './files.ts';
import type { Finding } from './finding.ts';
import { main } from './main.ts';
import { ofKinds } from './numbers/of-kinds.ts';
import { type ProgramName, programs } from './programs.ts';
import { Random } from './random.ts';
import { runResumable } from './resumable.ts';
import { runCases } from './run-cases.ts';
import { runShards } from './shards.ts';
import { isBad, summaryOf } from './summary.ts';

async function findingsOf(attack: Attack, cases: number, from = 0): Promise<Finding[]> {
  const findings: Finding[] = [];
  await runCases(attack, { seed: 'test', from, isGoingOn: (at) => at < from + cases, onFound: (finding) => findings.push(finding) });
  return findings;
}

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'longspan-attack-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

describe('a program under a fixed seed', () => {
  // As many cases as a second or two of a slow core allow; kills, realms and bench start processes and bundles, and run by hand.
  const cases: Readonly<Partial<Record<ProgramName, number>>> = {
    attention: 2,
    mechanisms: 2,
    layers: 20,
    learning: 4,
    masks: 40,
    texts: 3,
    files: 30,
    runs: 3,
    backends: 6,
  };
  it.each(Object.entries(cases) as [ProgramName, number][])('finds nothing: %s, %i cases', async (name, count) => {
    expect((await findingsOf(await programs[name](), count)).filter(isBad)).toEqual([]);
  });
});

describe('a planted fault is found', () => {
  it('in numbers: by the worst place, and how often its tolerance it is off', async () => {
    const planted = ofKinds('planted', {
      sum: { weight: 1, run: (c) => c.close('sum', [1, 2.5, 3.1], [1, 2, 3], [0.1, 0.25, 0.2]) },
    });
    const [finding, ...more] = await findingsOf(planted, 1);
    expect(more).toEqual([]);
    expect(finding).toMatchObject({
      case: 'planted/test/0',
      severity: 'high',
      signature: 'planted: cpu sum: sum',
      expected: '2',
      got: '2.5',
    });
    expect(JSON.parse((finding as Finding).input)).toMatchObject({ at: 1, of: 3, wrong: 1, times: 2 });
  });

  it('in errors: one that is none of the library’s', async () => {
    const planted = ofKinds('planted', {
      throws: {
        weight: 1,
        run: () => {
          throw new TypeError('x is undefined');
        },
      },
    });
    expect(await findingsOf(planted, 1)).toMatchObject([{ severity: 'medium', kind: 'threw TypeError', got: 'x is undefined' }]);
  });
});

it('random numbers follow from their text alone', () => {
  const drawn = (text: string): number[] => {
    const random = new Random(text);
    return [random.word(), random.int(1, 6), random.pick([10, 20, 30]), random.shuffled([1, 2, 3, 4]).indexOf(1)];
  };
  expect(drawn('a')).toEqual(drawn('a'));
  expect(drawn('a')).not.toEqual(drawn('b'));
  const random = new Random('normal');
  const numbers = random.normals(10_000);
  const mean = numbers.reduce((sum, x) => sum + x, 0) / numbers.length;
  const variance = numbers.reduce((sum, x) => sum + (x - mean) ** 2, 0) / numbers.length;
  expect(Math.abs(mean)).toBeLessThan(0.04);
  expect(Math.abs(variance - 1)).toBeLessThan(0.06);
});

describe('a run', () => {
  /** Stops itself after so many cases; each seventh finds something. */
  function counting(most: number): { readonly attack: Attack; readonly cases: number[]; readonly isStopped: () => boolean } {
    const cases: number[] = [];
    const attack: Attack = {
      name: 'counting',
      runCase: (at, _random, { find }) => {
        cases.push(at);
        if (at % 7 === 6) find({ severity: 'low', kind: 'a seventh', input: at, expected: 'none', got: 'one' });
      },
    };
    return { attack, cases, isStopped: () => cases.length >= most };
  }

  it('goes on where it was interrupted, and writes down two findings of a kind', async () => {
    const folder = newFolder();
    const [first, second] = [counting(10), counting(20)];
    await runResumable(first.attack, { seed: 's-1', minutes: 1, folder, isStopped: first.isStopped });
    await runResumable(second.attack, { seed: 's-1', minutes: 1, folder, isStopped: second.isStopped });
    expect([first.cases[0], first.cases.at(-1), second.cases[0], second.cases.at(-1)]).toEqual([0, 9, 10, 29]);
    expect(new Files(folder, 'counting', 's-1').readProgress()).toMatchObject({ next: 30, found: { 'counting: a seventh': 4 } });
    expect(summaryOf(folder, 's').findings.map((finding) => finding.case)).toEqual(['counting/s-1/6', 'counting/s-1/13']);
    expect(summaryOf(folder, 'other').findings).toEqual([]);
  });

  it('does not do a finished part again, and starts a process anew that died', async () => {
    const folder = newFolder();
    const started: string[] = [];
    const codes = [1, 0, 130];
    const shards = { seed: 's', minutes: 4, shards: 3, only: 'masks', folder } as const;
    const means = {
      print: () => {},
      start: (values: readonly string[]) => {
        started.push(values.slice(0, 3).join(' '));
        return Promise.resolve(codes.shift() ?? 0);
      },
    };
    expect(await runShards(shards, means)).toBe(false);
    expect(started).toEqual(['masks s-1 4', 'masks s-1 4', 'masks s-2 4']);
    expect(await runShards(shards, means)).toBe(true);
    expect(started.slice(3)).toEqual(['masks s-2 4', 'masks s-3 4']);
    expect(existsSync(join(folder, 'masks-s-3-4.finished'))).toBe(true);
  });
});

it.each([
  [['--minutes', '0'], 'attack: --minutes must be a number above 0, got 0'],
  [['--shards', '1.5'], 'attack: --shards must be an integer of at least 1, got 1.5'],
  [['--only', 'nothing'], 'attack: --only must be one of attention,'],
  [['--seed', '../x'], 'attack: --seed must be letters and digits, got ../x'],
  [['--again', 'masks/1'], 'attack: --again must be a case as findings.jsonl names it, such as masks/1-2/563, got masks/1'],
])('the command says what is wrong with its arguments: %j', async (args, words) => {
  const lines: string[] = [];
  const output = { print: (line: string) => void lines.push(line), complain: (line: string) => void lines.push(line) };
  expect(await main(args, output)).toBe(2);
  expect(lines.join('\n')).toContain(words);
});
