import { ConfigError } from '@longspan/core-tensor/error';
import { describeMachine, type Machine } from '../figures/hardware.ts';
import type { Ending } from '../process/ending.ts';
import { launch } from '../process/launch.ts';
import { startProgress } from '../process/progress.ts';
import { experimentHtml, experimentMarkdown } from '../report/experiment-report.ts';
import { resultsJson } from '../report/json.ts';
import { replaceFile } from '../report/replace-file.ts';
import { terminalTable } from '../report/terminal-table.ts';
import { duration } from '../report/wording.ts';
import { reportFiles, writeReportFiles } from '../report/write.ts';
import {
  type Experiment,
  type ExperimentOptions,
  type Findings,
  type Outcome,
  type Point,
  type PointProgress,
  reasonOf,
} from './experiment.ts';
import { placeOf, readmeParts, writeReadme } from './readme.ts';
import { checkSameRun, type ExperimentResults, readExperiment } from './results.ts';
import { sourceHash } from './source-hash.ts';

export interface ExperimentRequest {
  readonly experiment: Experiment;
  /** Where the report goes. */
  readonly folder: string;
  /** Where `results.json` goes besides. */
  readonly json?: string;
  /** The README that gets the figures of a whole run. */
  readonly readme?: string;
  readonly options: ExperimentOptions;
  readonly isResumed: boolean;
  /** Ctrl-C: the worker is killed, what is finished is written. */
  readonly signal: AbortSignal;
}

/** What a run asks of the world; tests have their own. */
export interface World {
  measure(
    experiment: string,
    point: Point<unknown>,
    onProgress: (value: PointProgress) => void,
    signal: AbortSignal,
  ): Promise<Ending<unknown>>;
  machine(): Machine;
  source(): string;
  say(line: string): void;
}

const thisWorld: World = {
  measure: (experiment, { input, budgetSeconds, execArgv }, onProgress, signal) =>
    launch(
      'experiment',
      { experiment, input },
      { signal, onProgress, ...(budgetSeconds === undefined ? {} : { budgetSeconds }), ...(execArgv === undefined ? {} : { execArgv }) },
    ),
  machine: describeMachine,
  source: sourceHash,
  say: (line) => void process.stdout.write(`${line}\n`),
};

export type RunEnding = 'complete' | 'failed' | 'interrupted';

/** Measures the points of an experiment one after the other and writes the report after each. */
export async function runExperiment(request: ExperimentRequest, world: World = thisWorld): Promise<RunEnding> {
  const { experiment, options, signal } = request;
  const points = experiment.points(options);
  refuseTwins(points);
  const asked = askedFor(points, request);
  if (request.readme !== undefined) readmeParts(request.readme, placeOf(experiment, options)); // before hours of measuring, not after
  let results = begin(request, world);
  const kept = new Map(results.outcomes.filter(isKept).map((outcome) => [outcome.point, outcome]));
  const clock = performance.now() - results.seconds * 1000;
  const outcomes = (): Outcome<unknown>[] => points.flatMap(({ name }) => kept.get(name) ?? []);
  const keep = (): void => {
    results = summed(experiment, points, { ...results, outcomes: outcomes(), seconds: (performance.now() - clock) / 1000 });
    write(request, results);
  };

  const extent = asked.length < points.length ? `${asked.length} of ${points.length} points` : `${points.length} points`;
  world.say(`${experiment.name}: ${experiment.about} ${extent}${options.full ? ', --full' : ''}, seed ${options.seed}.`);
  const progress = startProgress('Measuring', asked.length);
  let isInterrupted = false;
  try {
    for (const [at, point] of asked.entries()) {
      if (kept.has(point.name)) continue;
      progress.update(at, point.name);
      const because = experiment.skip?.(point, outcomes());
      const start = performance.now();
      const ending: Outcome<unknown>['ending'] =
        because === undefined
          ? await world.measure(
              experiment.name,
              point,
              ({ done, label }) => progress.update(at + Math.min(done, 1), `${point.name}: ${label}`),
              signal,
            )
          : { kind: 'not tried', because };
      kept.set(point.name, { point: point.name, wallSeconds: (performance.now() - start) / 1000, ending });
      keep();
      if (ending.kind === 'failed') progress.aside(() => world.say(`${point.name} failed: ${ending.error}`));
    }
  } catch (error) {
    if (!signal.aborted) throw error;
    isInterrupted = true;
  } finally {
    progress.end();
  }
  keep();
  if (results.status === 'complete') {
    for (const line of experiment.finish?.(results) ?? []) world.say(line);
    if (request.readme !== undefined) writeReadme(request.readme, experiment, results);
  }
  show(results, request, isInterrupted, world);
  if (isInterrupted) return 'interrupted';
  return points.some(({ name, mayFail }) => mayFail !== true && kept.get(name)?.ending.kind === 'failed') ? 'failed' : 'complete';
}

/** A failed point is tried again by --resume, and whether another need not be tried may depend on it. */
const isKept = ({ ending }: Outcome<unknown>): boolean => ending.kind === 'done' || ending.kind === 'over';

/** The points that --only names and those that they need, in order. */
function askedFor(
  points: readonly Point<unknown>[],
  { experiment: { name: experiment }, options: { only }, readme }: ExperimentRequest,
): readonly Point<unknown>[] {
  if (only === undefined) return points;
  const named = points.filter(({ name }) => name.toLowerCase().includes(only.toLowerCase()));
  const caller = `bench ${experiment} --only`;
  if (named.length === 0) {
    throw new ConfigError({
      caller,
      problem: 'no point has that in its name.',
      expected: `a part of: ${points.map(({ name }) => name).join('; ')}`,
      got: only,
      remedy: 'give a part of one of these names.',
    });
  }
  if (readme !== undefined) {
    throw new ConfigError({
      caller,
      problem: 'a README takes the figures of a whole run only.',
      expected: '--only or --readme',
      got: 'both',
      remedy: 'leave --only out, or take --resume --readme once all points are measured.',
    });
  }
  return points.filter((point) => named.includes(point) || named.some(({ needs }) => needs === point.name));
}

function refuseTwins(points: readonly Point<unknown>[]): void {
  const twin = points.find(({ name }, at) => points.findIndex((other) => other.name === name) < at);
  if (twin !== undefined) throw new Error(`two points have the name "${twin.name}"`);
}

function begin({ experiment, options, folder, isResumed }: ExperimentRequest, world: World): ExperimentResults {
  const source = world.source();
  if (isResumed) {
    const earlier = readExperiment(reportFiles(folder).json);
    checkSameRun(earlier, experiment, { options, source });
    return { ...earlier, options };
  }
  const now = new Date().toISOString();
  return {
    version: 1,
    experiment: experiment.name,
    about: experiment.about,
    status: 'partial',
    missing: [],
    started: now,
    updated: now,
    seconds: 0,
    options,
    source,
    machine: world.machine(),
    headline: [],
    tables: [],
    outcomes: [],
  };
}

function summed(experiment: Experiment, points: readonly Point<unknown>[], results: ExperimentResults): ExperimentResults {
  const findings: Findings<unknown> = results;
  const [open, failed] = [
    points.filter(({ name }) => !results.outcomes.some(({ point }) => point === name)),
    points.filter(
      ({ name, mayFail }) => mayFail !== true && results.outcomes.some(({ point, ending }) => point === name && ending.kind === 'failed'),
    ),
  ];
  const { only } = results.options;
  const why = only === undefined ? '' : ` (--only ${JSON.stringify(only)})`;
  const missing = [
    ...(open.length === 0 ? [] : [`${open.length} of ${points.length} points were not measured${why}`]),
    ...failed.map(({ name }) => `${name} ${reasonOf(findings, name)}`),
  ];
  return {
    ...results,
    missing,
    status: missing.length === 0 ? 'complete' : 'partial',
    updated: new Date().toISOString(),
    headline: experiment.headline(findings),
    tables: experiment.tables(findings),
  };
}

function write({ experiment, folder, json }: ExperimentRequest, results: ExperimentResults): void {
  const text = resultsJson(results);
  const plots = experiment.plots?.(results) ?? [];
  writeReportFiles(folder, { json: text, html: experimentHtml(results, plots), markdown: experimentMarkdown(results) });
  if (json !== undefined) replaceFile(json, text);
}

function show(results: ExperimentResults, { folder, json, readme }: ExperimentRequest, isInterrupted: boolean, { say }: World): void {
  for (const table of results.tables) say(`\n${table.title}\n${terminalTable(table)}\n  ${table.note}`);
  if (results.headline.length > 0) say(`\nWhat was found:\n${results.headline.map((line) => `- ${line}`).join('\n')}`);
  say(`\nCommit ${results.machine.commit}${results.machine.dirty ? ', with uncommitted changes' : ''}.`);
  if (isInterrupted) say(`Interrupted: ${results.missing.join('; ')}. The same command with --resume goes on from here.`);
  say(`Written in ${duration(results.seconds)}${results.status === 'partial' ? ' (partial)' : ''}:`);
  const files = reportFiles(folder);
  for (const file of [files.html, files.json, files.markdown, json, readmeOf(readme, results)]) if (file !== undefined) say(`  ${file}`);
  if (readme !== undefined && results.status === 'partial') say(`${readme} was left as it is: the run is not whole.`);
}

const readmeOf = (readme: string | undefined, { status }: ExperimentResults): string | undefined =>
  status === 'complete' ? readme : undefined;
