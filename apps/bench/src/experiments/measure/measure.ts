import { createKey } from '@longspan/core-tensor/key';
import { randomStream } from '../../figures/random-stream.ts';
import { type Experiment, type Findings, figuresOf, found, type Point } from '../../run/experiment.ts';
import { askedOf, file, flags } from './asked.ts';
import { aboutChecks, type CheckFigures, checkNews, checkPoint, checkPoints, checkTables, isFailed } from './check/check.ts';
import type { BookFigures, BookInput } from './input.ts';
import { sweepBudget } from './sweep/budget.ts';
import { aboutSweep } from './sweep/headline.ts';
import { type SweepSummary, summarise } from './sweep/summary.ts';
import { sweepPlots, sweepTables } from './sweep/tables.ts';
import { firstPair, type Sample, sweepPoints, turnName, turnsOf, whyNotTaken } from './sweep/turns.ts';
import { aboutTraining, trainNews, trainPassage, trainPlot, trainPoint, trainPoints } from './train/train.ts';

type Found = Findings<BookFigures>;

/** What `npm run measure` runs: every mechanism checked on a whole text, sparse attention beside dense, a small language model trained. */
export const measure: Experiment<BookInput, BookFigures> = {
  name: 'measure',
  about: 'Sparse attention against dense attention, on a whole text, in JavaScript: checks, measures, trains; about three minutes.',
  file,
  flags,
  hasOneSize: true,
  source: (options) => askedOf(options).source,
  points(options) {
    const asked = askedOf(options);
    const points = { checks: checkPoints(asked), sweep: sweepPoints(asked, sweepBudget(asked)), train: trainPoints(asked) };
    return asked.parts.flatMap((part): readonly Point<BookInput>[] => points[part]);
  },
  run: async (input, reporter) => (await import('./work.ts')).runBook(input, reporter),
  skip({ name, input }, before) {
    const checked = before.outcomes.find(({ point }) => point === checkPoint);
    if (checked !== undefined && (checked.ending.kind !== 'done' || hasFailedCheck(before))) return 'nothing is timed on wrong numbers';
    if (input.kind !== 'sweep') return undefined;
    const budget = sweepBudget(askedOf(before.options));
    const turn = turnsOf(budget).find((each) => turnName(each) === name);
    return turn && whyNotTaken(turn, samplesOf(before), budget, before.text?.bytes ?? 0);
  },
  faults: (findings) => (hasFailedCheck(findings) ? ['a check failed, so nothing was timed'] : []),
  news(findings, point) {
    const figures = figuresOf(findings, point);
    if (figures?.kind === 'check') return checkNews(figures.lines);
    if (figures?.kind === 'train') return trainNews(figures);
    const budget = sweepBudget(askedOf(findings.options));
    // The first lines of the output say what was found; the rest of the sweep makes it firmer.
    return point === firstPair(budget) ? aboutSweep(summaryOf(findings), findings.text?.name ?? '', budget) : [];
  },
  tables: (findings) => [
    ...(samplesOf(findings).length === 0 ? [] : sweepTables(summaryOf(findings))),
    ...checkTables(checksOf(findings) ?? []),
  ],
  plots(findings) {
    const training = found(findings, trainPoint, 'train');
    return [...sweepPlots(summaryOf(findings)), ...(training === undefined ? [] : [trainPlot(training)])];
  },
  passages(findings) {
    const training = found(findings, trainPoint, 'train');
    return training === undefined ? [] : [trainPassage(training)];
  },
  headline(findings) {
    const { text, options } = findings;
    const [checks, training] = [checksOf(findings), found(findings, trainPoint, 'train')];
    return [
      ...aboutSweep(summaryOf(findings), text?.name ?? '', sweepBudget(askedOf(options))),
      ...(checks === undefined ? [] : [aboutChecks(checks)]),
      ...(training === undefined || text === undefined ? [] : [aboutTraining(training, text)]),
    ];
  },
};

const checksOf = (findings: Found): CheckFigures['lines'] | undefined => found(findings, checkPoint, 'check')?.lines;

const hasFailedCheck = (findings: Found): boolean => checksOf(findings)?.some(isFailed) === true;

/** The sweep's outcomes by their turns. */
function samplesOf({ options, outcomes }: Found): Sample[] {
  return turnsOf(sweepBudget(askedOf(options))).flatMap((turn): Sample[] => {
    const outcome = outcomes.find(({ point }) => point === turnName(turn));
    if (outcome === undefined) return [];
    const { wallSeconds, ending } = outcome;
    if (ending.kind !== 'done') return [{ ...turn, wallSeconds, ending }];
    return ending.result.kind === 'sweep' ? [{ ...turn, wallSeconds, ending: { kind: 'done', result: ending.result } }] : [];
  });
}

/** Bootstraps take a while: tables, plots and headline share one summary. */
const summaries = new WeakMap<Found['outcomes'], SweepSummary>();

function summaryOf(findings: Found): SweepSummary {
  const { outcomes, options } = findings;
  const summary = summaries.get(outcomes) ?? summarise(samplesOf(findings), randomStream(createKey(options.seed).fold('bootstrap')));
  summaries.set(outcomes, summary);
  return summary;
}
