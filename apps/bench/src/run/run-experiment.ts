import { join } from 'node:path';
import { ConfigError, FileError } from '@longspan/core-tensor/error';
import { startProgress } from '@longspan/tooling/terminal';
import { describeMachine, type Machine } from '../figures/hardware.ts';
import type { Ending } from '../process/ending.ts';
import { launch } from '../process/launch.ts';
import type { WorkProgress } from '../process/work.ts';
import { markdown } from '../report/markdown.ts';
import { page } from '../report/page.ts';
import { replaceFile, requireWritable } from '../report/replace-file.ts';
import { terminalTable } from '../report/terminal-table.ts';
import { count, duration } from '../report/wording.ts';
import { readText } from '../text/read-text.ts';
import { factsOf } from '../text/text-facts.ts';
import { pageParts, placeOf, writeDocs } from './docs.ts';
import type { Experiment, ExperimentOptions, Outcome, Point } from './experiment.ts';
import { ownFolder } from './own-folder.ts';
import { faultyPoints, reportOf, resultsOf, titleOf } from './report-of.ts';
import { type Results, type Run, readRun, resultsJson } from './results.ts';
import { checkSameRun } from './resume.ts';
import { sourceHash } from './source-hash.ts';

export interface ExperimentRequest {
  readonly experiment: Experiment;
  /** Where the report goes. */
  readonly folder: string;
  /** Where `results.json` goes besides. */
  readonly json?: string | undefined;
  /** The page that gets the figures of a whole run. */
  readonly docs?: string | undefined;
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
    onProgress: (value: WorkProgress) => void,
    signal: AbortSignal,
  ): Promise<Ending<unknown>>;
  machine(): Machine;
  source(): string;
  say(line: string): void;
}

const thisWorld: World = {
  measure: (experiment, { input, budgetSeconds, execArgv, environment }, onProgress, signal) =>
    launch({ experiment, input }, { signal, onProgress, budgetSeconds, execArgv, environment }),
  machine: () => describeMachine(),
  source: sourceHash,
  say: (line) => void process.stdout.write(`${line}\n`),
};

export type RunEnding = 'complete' | 'failed' | 'interrupted';

/** Measures the points of an experiment one after the other and writes the report after each. */
export async function runExperiment(request: ExperimentRequest, world: World = thisWorld): Promise<RunEnding> {
  const { experiment, options, folder, json, docs } = request;
  const points = experiment.points(options);
  refuseTwoOfOneName(points);
  const asked = askedFor(points, request);
  // Before hours of measuring, not after:
  if (docs !== undefined) pageParts(docs, placeOf(experiment, options));
  const begun = await begin(request, world);
  const { html, markdown } = reportFiles(folder);
  if (json === html || json === markdown) throw oneFileForTwo(json);
  for (const file of [...Object.values(reportFiles(folder)), json]) if (file !== undefined) requireWritable(file);
  const giveBack = await ownFolder(folder, () => world.say(`Another run has taken ${folder}: what both write may be mixed.`));
  try {
    return await measure({ points, asked, begun }, request, world);
  } finally {
    await giveBack();
  }
}

const oneFileForTwo = (file: string): FileError =>
  new FileError({
    caller: 'bench',
    problem: '--json must name another file than the report has.',
    expected: 'a file of its own',
    got: file,
    remedy: 'name another file; results.json lies beside the report anyway.',
  });

interface Plan {
  readonly points: readonly Point<unknown>[];
  /** Those of the points that are measured in this run. */
  readonly asked: readonly Point<unknown>[];
  /** What an earlier run has measured already, and what is known of this one. */
  readonly begun: Run;
}

async function measure({ points, asked, begun }: Plan, request: ExperimentRequest, world: World): Promise<RunEnding> {
  const { experiment, signal, docs } = request;
  const kept = new Map(begun.outcomes.filter(isKept).map((outcome) => [outcome.point, outcome]));
  const clock = performance.now() - begun.seconds * 1000;
  const outcomesOf = (some: readonly Point<unknown>[]): Outcome<unknown>[] => some.flatMap(({ name }) => kept.get(name) ?? []);
  const keep = (): Results => {
    const run: Run = { ...begun, outcomes: outcomesOf(points), seconds: (performance.now() - clock) / 1000 };
    const results = resultsOf(experiment, points, run);
    write(request, results);
    return results;
  };

  world.say(opening(request, points, asked, begun));
  const weights = asked.map(({ weight = 1 }) => weight);
  const weightBefore = (at: number): number => weights.slice(0, at).reduce((sum, each) => sum + each, 0);
  const progress = startProgress('Measuring', weightBefore(asked.length));
  let isInterrupted = false;
  try {
    const environment = await experiment.environment?.(request.options, signal);
    for (const [at, point] of asked.entries()) {
      if (kept.has(point.name)) continue;
      progress.update(weightBefore(at), point.name);
      const before = { ...begun, outcomes: outcomesOf(points.slice(0, points.indexOf(point))) };
      const because = experiment.skip?.(point, before);
      const start = performance.now();
      const onProgress = ({ done, label }: WorkProgress): void =>
        progress.update(weightBefore(at) + Math.min(done, 1) * (weights[at] as number), `${point.name}: ${label}`);
      const ending: Outcome<unknown>['ending'] =
        because === undefined
          ? await world.measure(experiment.name, withEnvironment(point, environment), onProgress, signal)
          : { kind: 'not tried', because };
      kept.set(point.name, { point: point.name, wallSeconds: (performance.now() - start) / 1000, ending });
      const results = keep();
      const news = ending.kind === 'failed' ? [`${point.name} failed: ${ending.error}`] : (experiment.news?.(results, point.name) ?? []);
      if (news.length > 0) progress.aside(() => news.forEach((line) => void world.say(line)));
    }
  } catch (error) {
    if (!signal.aborted) throw error;
    isInterrupted = true;
  } finally {
    progress.end();
  }
  const results = keep();
  if (results.status === 'complete' && docs !== undefined) writeDocs(docs, experiment, results);
  show(results, request, isInterrupted, world);
  if (isInterrupted) return 'interrupted';
  return faultyPoints(points, results).length > 0 || (experiment.faults?.(results) ?? []).length > 0 ? 'failed' : 'complete';
}

const withEnvironment = (point: Point<unknown>, environment: Point<unknown>['environment']): Point<unknown> =>
  environment === undefined ? point : { ...point, environment: { ...environment, ...point.environment } };

/** A failed point is tried again by --resume, and whether another need not be tried may depend on it. */
const isKept = ({ ending }: Outcome<unknown>): boolean => ending.kind === 'done' || ending.kind === 'over';

/** The points that --only names and those that they need, in order. */
function askedFor(
  points: readonly Point<unknown>[],
  { experiment: { name: experiment }, options: { only }, docs }: ExperimentRequest,
): readonly Point<unknown>[] {
  if (only === undefined) return points;
  const named = points.filter(({ name }) => name.toLowerCase().includes(only.toLowerCase()));
  const caller = `bench ${experiment} --only`;
  if (named.length === 0) {
    throw new ConfigError({
      caller,
      problem: 'at least one point must have that in its name.',
      expected: `a part of: ${points.map(({ name }) => name).join('; ')}`,
      got: only,
      remedy: 'give a part of one of these names.',
    });
  }
  if (docs !== undefined) {
    throw new ConfigError({
      caller,
      problem: 'the documentation takes the figures of a whole run only.',
      expected: '--only or --docs',
      got: 'both',
      remedy: 'leave --only out, or take --resume --docs once all points are measured.',
    });
  }
  return points.filter((point) => named.includes(point) || named.some(({ needs }) => needs === point.name));
}

function refuseTwoOfOneName(points: readonly Point<unknown>[]): void {
  const second = points.find(({ name }, at) => points.findIndex((other) => other.name === name) < at);
  if (second !== undefined) throw new Error(`two points have the name "${second.name}"`);
}

async function begin({ experiment, options, folder, isResumed, signal }: ExperimentRequest, world: World): Promise<Run> {
  const source = experiment.source?.(options);
  const about = {
    experiment: experiment.name,
    options,
    source: world.source(),
    ...(source === undefined ? {} : { text: factsOf(await readText(source, signal)) }),
  };
  if (isResumed) {
    const earlier = readRun(reportFiles(folder).json);
    checkSameRun(experiment, earlier, about);
    requireReport(experiment, { ...earlier, options });
    return { ...earlier, options };
  }
  return { version: 2, ...about, started: new Date().toISOString(), seconds: 0, machine: world.machine(), outcomes: [] };
}

/** Results are of whatever type their experiment has; what it cannot report on was not written by it. */
function requireReport(experiment: Experiment, run: Run): void {
  try {
    reportOf(experiment, resultsOf(experiment, experiment.points(run.options), run));
  } catch (error) {
    throw new FileError({
      caller: 'bench --resume',
      problem: 'results.json holds a result that these sources did not write.',
      expected: `results as ${experiment.name} measures them, untouched`,
      got: error instanceof Error ? error.message : String(error),
      remedy: 'start again without --resume.',
    });
  }
}

function opening(
  { experiment, options: { full, seed } }: ExperimentRequest,
  points: readonly Point<unknown>[],
  asked: readonly Point<unknown>[],
  { text }: Run,
): string {
  const subject =
    text === undefined
      ? `${experiment.name}: ${experiment.about}`
      : `${titleOf(experiment, { text })}: ${count(text.bytes)} bytes, ${count(text.pieces)} ${text.pieceName}, ${count(text.heldOutPieces)} of them held out.`;
  const extent = asked.length < points.length ? `${asked.length} of ${points.length} points` : `${points.length} points`;
  return `${subject} ${extent}${full ? ', --full' : ''}, seed ${seed}.`;
}

/** The paths of a report's three forms. */
const reportFiles = (folder: string): Readonly<Record<'html' | 'json' | 'markdown', string>> => ({
  html: join(folder, 'report.html'),
  json: join(folder, 'results.json'),
  markdown: join(folder, 'results.md'),
});

/** Writes the three forms, what --resume needs first. */
function write({ experiment, folder, json }: ExperimentRequest, results: Results): void {
  const files = reportFiles(folder);
  const report = reportOf(experiment, results);
  for (const file of [files.json, json]) if (file !== undefined) replaceFile(file, resultsJson(results));
  replaceFile(files.html, page(report));
  replaceFile(files.markdown, markdown(report));
}

function show(results: Results, { folder, json, docs }: ExperimentRequest, isInterrupted: boolean, { say }: World): void {
  const isPartial = results.status === 'partial';
  for (const table of results.tables) say(`\n${table.title}\n${terminalTable(table)}\n  ${table.note}`);
  if (results.headline.length > 0) say(`\nWhat was found:\n${results.headline.map((line) => `- ${line}`).join('\n')}`);
  say(`\nCommit ${results.machine.commit}${results.machine.dirty ? ', with uncommitted changes' : ''}.`);
  if (isInterrupted) say(`Interrupted: ${results.missing.join('; ')}. The same command with --resume goes on from here.`);
  say(`Written in ${duration(results.seconds)}${isPartial ? ' (partial)' : ''}:`);
  const files = reportFiles(folder);
  for (const file of [files.html, files.json, files.markdown, json, isPartial ? undefined : docs]) if (file !== undefined) say(`  ${file}`);
  if (docs !== undefined && isPartial) say(`${docs} was left as it is: the run is not whole.`);
}
