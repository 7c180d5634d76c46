import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import type { Ending } from '../src/process/ending.ts';
import { type Experiment, figuresOf, type Outcome, type Point, whyNot } from '../src/run/experiment.ts';
import type { Results } from '../src/run/results.ts';
import type { ExperimentRequest, World } from '../src/run/run-experiment.ts';
import { someMachine } from './some-run.ts';

/** The points of `squares`. */
export const names = ['small', 'middle', 'large'] as const;

/** Squares three numbers; after a point that went over its time it tries no larger one. */
export const squares: Experiment<number, number> = {
  name: 'squares',
  about: 'Squares of three numbers.',
  flags: [{ name: 'sign', value: 'sign', about: 'of the numbers' }],
  points: () => names.map((name, at): Point<number> => ({ name, input: at + 2, ...(name === 'large' ? { mayFail: true } : {}) })),
  run: async (input) => input * input,
  skip: (_, { outcomes }) => (outcomes.some(({ ending }) => ending.kind === 'over') ? 'a smaller one took too long' : undefined),
  tables: (findings) => [
    {
      title: 'Squares',
      note: 'Computed, | not measured.',
      head: ['number', 'square'],
      rows: names.map((name) => [name, String(figuresOf(findings, name) ?? whyNot(findings, name))]),
    },
  ],
  plots: ({ outcomes }) => [
    {
      title: 'Squares over numbers',
      x: { label: 'number', scale: 'linear', unit: 'count' },
      y: { label: 'square', scale: 'log', unit: 'number' },
      lines: [
        { name: 'square', dots: outcomes.flatMap(({ ending }, at) => (ending.kind === 'done' ? [{ x: at, y: ending.result }] : [])) },
      ],
    },
  ],
  headline: ({ outcomes }) => (outcomes.length === 0 ? [] : [`${outcomes.length} squares are known.`]),
};

interface Told {
  readonly world: World;
  readonly asked: string[];
  readonly said: string[];
}

/** A world in which each point ends as told; those not told of end as the experiment computes. */
export function told(endings: Partial<Record<string, Ending<unknown> | (() => void)>>, source = 'aaaa'): Told {
  const [asked, said]: [string[], string[]] = [[], []];
  return {
    asked,
    said,
    world: {
      async measure(_, { name, input }) {
        asked.push(name);
        const ending = endings[name];
        if (typeof ending === 'function') ending();
        else if (ending !== undefined) return ending;
        return { kind: 'done', result: (input as number) ** 2 };
      },
      machine: () => someMachine,
      source: () => source,
      say: (line) => void said.push(line),
    },
  };
}

/** Runs of `squares` in folders of their own below one that is removed after the tests. */
interface Folders {
  readonly top: string;
  request(place: string, change?: Partial<ExperimentRequest>): ExperimentRequest;
  written(place: string): Results;
  /** The points that were measured there, and how each ended. */
  outcomes(place: string): (readonly [point: string, ending: string])[];
}

/** To be called once in a file of tests. */
export function folders(): Folders {
  const top = mkdtempSync(join(tmpdir(), 'longspan-experiment-'));
  afterAll(() => rmSync(top, { recursive: true }));
  const written = (place: string): Results => JSON.parse(readFileSync(join(top, place, 'results.json'), 'utf8'));
  return {
    top,
    written,
    request: (place, change = {}) => ({
      experiment: squares,
      folder: join(top, place),
      options: { seed: 1, full: false, flags: {} },
      isResumed: false,
      signal: new AbortController().signal,
      ...change,
    }),
    outcomes: (place) => written(place).outcomes.map(({ point, ending }: Outcome<unknown>) => [point, ending.kind] as const),
  };
}
