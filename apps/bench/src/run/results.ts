import { readFileSync, statSync } from 'node:fs';
import { FileError } from '@longspan/core-tensor/error';
import { z } from 'zod';
import { machineSchema } from '../figures/hardware.ts';
import type { Report } from '../report/report.ts';
import { textFactsSchema } from '../text/text-facts.ts';
import type { ExperimentOptions, Outcome } from './experiment.ts';

const options: z.ZodType<ExperimentOptions> = z.object({
  seed: z.number(),
  full: z.boolean(),
  flags: z.record(z.string(), z.union([z.string(), z.literal(true)])),
  only: z.string().exactOptional(),
});

const outcome: z.ZodType<Outcome<unknown>> = z.object({
  point: z.string(),
  wallSeconds: z.number(),
  ending: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('done'), result: z.unknown() }), // what the same sources wrote: checkSameRun sees to that
    z.object({ kind: z.literal('over'), budgetSeconds: z.number() }),
    z.object({ kind: z.literal('failed'), error: z.string() }),
    z.object({ kind: z.literal('not tried'), because: z.string() }),
  ]),
});

const run = z.object({
  version: z.literal(2),
  experiment: z.string(),
  /** ISO 8601. */
  started: z.string(),
  /** Seconds of work, those of resumed parts included. */
  seconds: z.number(),
  options,
  /** A hash over the sources that ran. */
  source: z.string(),
  machine: machineSchema,
  text: textFactsSchema.exactOptional(),
  outcomes: z.array(outcome),
});

/** What was run and measured: all that a resumed run goes on from. */
export type Run = z.infer<typeof run>;

/** Everything that `results.json` holds: a run, and what follows from it. */
export interface Results extends Run, Pick<Report, 'missing' | 'headline' | 'tables'> {
  readonly status: 'partial' | 'complete';
  /** ISO 8601. */
  readonly updated: string;
}

/** Results as the text of `results.json`. */
export const resultsJson = (results: Results): string => `${JSON.stringify(results, undefined, 2)}\n`;

/**
 * Reads the run from a `results.json` that an earlier run wrote.
 * @throws FileError where there is none, or where it is not what this version writes
 */
export function readRun(path: string): Run {
  const refuse = (problem: string, got: string): FileError =>
    new FileError({
      caller: 'bench --resume',
      problem,
      expected: 'the results.json of an interrupted run',
      got,
      remedy: 'start again without --resume, or point --out at the folder of the interrupted run.',
    });
  let text: string;
  try {
    // A pipe or a device would be waited for, or read without end.
    if (!statSync(path).isFile()) throw new Error('no plain file');
    text = readFileSync(path, 'utf8');
  } catch {
    throw refuse('there is nothing to resume.', `no readable file at ${path}`);
  }
  let values: unknown;
  try {
    values = JSON.parse(text);
  } catch (error) {
    throw refuse('results.json is broken.', `${path}: ${error instanceof Error ? error.message : String(error)}`);
  }
  const parsed = run.safeParse(values);
  if (!parsed.success)
    throw refuse('results.json is not what this version writes.', `${path}: ${firstLines(z.prettifyError(parsed.error))}`);
  return parsed.data;
}

const firstLines = (text: string): string =>
  text
    .split('\n')
    .slice(0, 2)
    .map((line) => line.trim())
    .join(' ');
