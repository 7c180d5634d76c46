import { z } from 'zod';
import type { Machine } from '../figures/hardware.ts';
import { readChecked } from '../report/json.ts';
import { machine } from '../report/schema.ts';
import type { Experiment, ExperimentOptions, Outcome, TitledTable } from './experiment.ts';
import { type Difference, difference, refuseDifferences } from './resume.ts';

/** Everything the `results.json` of an experiment holds. */
export interface ExperimentResults {
  readonly version: 1;
  readonly experiment: string;
  readonly about: string;
  readonly status: 'partial' | 'complete';
  /** In words, what a partial report lacks. */
  readonly missing: readonly string[];
  /** ISO 8601. */
  readonly started: string;
  readonly updated: string;
  /** Seconds of work, those of resumed parts included. */
  readonly seconds: number;
  readonly options: ExperimentOptions;
  /** A hash over the sources that ran. */
  readonly source: string;
  readonly machine: Machine;
  readonly headline: readonly string[];
  readonly tables: readonly TitledTable[];
  readonly outcomes: readonly Outcome<unknown>[];
}

const ending = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('done'), result: z.unknown() }), // what the same sources wrote: checkSameRun sees to that
  z.object({ kind: z.literal('over'), budgetSeconds: z.number() }),
  z.object({ kind: z.literal('failed'), error: z.string() }),
  z.object({ kind: z.literal('not tried'), because: z.string() }),
]);

const schema: z.ZodType<ExperimentResults> = z.object({
  version: z.literal(1),
  experiment: z.string(),
  about: z.string(),
  status: z.enum(['partial', 'complete']),
  missing: z.array(z.string()),
  started: z.string(),
  updated: z.string(),
  seconds: z.number(),
  options: z.object({
    seed: z.number(),
    full: z.boolean(),
    flags: z.record(z.string(), z.union([z.string(), z.literal(true)])),
    only: z.string().exactOptional(),
  }),
  source: z.string(),
  machine,
  headline: z.array(z.string()),
  tables: z.array(z.object({ title: z.string(), note: z.string(), head: z.array(z.string()), rows: z.array(z.array(z.string())) })),
  outcomes: z.array(z.object({ point: z.string(), wallSeconds: z.number(), ending })),
});

/** Reads the `results.json` that an earlier run wrote. */
export const readExperiment = (path: string): ExperimentResults => readChecked(path, schema);

/**
 * Checks that an interrupted run may be continued as this one.
 * @throws ConfigError that names every difference
 */
export function checkSameRun(
  earlier: Pick<ExperimentResults, 'experiment' | 'options' | 'source'>,
  { name, flags = [] }: Pick<Experiment, 'name' | 'flags'>,
  now: Pick<ExperimentResults, 'options' | 'source'>,
): void {
  const deciding = flags.filter(({ isOutput }) => isOutput !== true);
  refuseDifferences([
    ...difference('the experiment', earlier.experiment, name),
    ...difference('--seed', earlier.options.seed, now.options.seed),
    ...difference('--full', earlier.options.full, now.options.full),
    ...deciding.flatMap((flag): Difference[] =>
      difference(`--${flag.name}`, earlier.options.flags[flag.name], now.options.flags[flag.name]),
    ),
    ...difference('the sources', earlier.source, now.source),
  ]);
}
