import { machineFacts, textFacts } from '../report/facts.ts';
import type { Fact, Report } from '../report/report.ts';
import { duration } from '../report/wording.ts';
import { commandLine } from './command-line.ts';
import { type Experiment, type Outcome, type Point, reasonOf } from './experiment.ts';
import type { Results, Run } from './results.ts';

/** What follows from a run so far: its tables, its headline, and what it lacks. */
export function resultsOf(experiment: Experiment, points: readonly Point<unknown>[], run: Run): Results {
  const missing = [
    ...openParts(points, run),
    ...faultyPoints(points, run).map((name) => `${name} ${reasonOf(run, name)}`),
    ...(experiment.faults?.(run) ?? []),
  ];
  return {
    ...run,
    missing,
    status: missing.length === 0 ? 'complete' : 'partial',
    updated: new Date().toISOString(),
    headline: experiment.headline(run),
    tables: experiment.tables(run),
  };
}

/** The points that failed and may not. */
export const faultyPoints = (points: readonly Point<unknown>[], { outcomes }: Pick<Run, 'outcomes'>): string[] =>
  points
    .filter(({ name, mayFail }) => mayFail !== true && outcomes.some(({ point, ending }) => point === name && ending.kind === 'failed'))
    .map(({ name }) => name);

/** How many points of each part were not measured. */
function openParts(points: readonly Point<unknown>[], { outcomes, options: { only } }: Run): string[] {
  const why = only === undefined ? '' : ` (--only ${JSON.stringify(only)})`;
  return [...new Set(points.map(({ part }) => part))].flatMap((part) => {
    const all = points.filter((point) => point.part === part);
    const open = all.filter(({ name }) => !outcomes.some(({ point }) => point === name));
    if (open.length === 0) return [];
    return [`${part === undefined ? '' : `${part}: `}${open.length} of ${all.length} points were not measured${why}`];
  });
}

export function reportOf(experiment: Experiment, results: Results): Report {
  const { missing, headline, tables, text } = results;
  return {
    title: titleOf(experiment, results),
    lead: experiment.about,
    missing,
    headline,
    plots: experiment.plots?.(results) ?? [],
    tables,
    passages: experiment.passages?.(results) ?? [],
    facts: [...(text === undefined ? [] : textFacts(text)), ...runFacts(experiment, results), ...machineFacts(results)],
  };
}

export const titleOf = ({ name }: Pick<Experiment, 'name'>, { text }: Pick<Run, 'text'>): string =>
  text === undefined ? `Longspan: ${name}` : `Longspan on ${text.name}`;

function runFacts(experiment: Experiment, { outcomes, options }: Results): Fact[] {
  const tried = outcomes.filter(({ ending }) => ending.kind !== 'not tried');
  const slowest = tried.toSorted((a, b) => b.wallSeconds - a.wallSeconds).slice(0, 3);
  return [
    ['command', commandLine(experiment, options)],
    ['points', `${tried.length} measured; the longest: ${slowest.map(withTime).join(', ')}`],
    ...tried.filter(({ ending }) => ending.kind !== 'done').map(({ point }): Fact => [point, reasonOf({ outcomes }, point)]),
  ];
}

const withTime = ({ point, wallSeconds }: Outcome<unknown>): string => `${point} ${duration(wallSeconds)}`;
