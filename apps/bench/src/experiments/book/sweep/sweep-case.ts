import { createKey } from '@longspan/core-tensor/key';
import { passes } from '../../../attention/method.ts';
import { randomStream } from '../../../figures/random-stream.ts';
import { launch } from '../../../process/launch.ts';
import { startProgress } from '../../../process/progress.ts';
import { checkTable, growthTable, passTitles, sweepTable } from '../../../report/rows.ts';
import { terminalTable } from '../../../report/terminal-table.ts';
import { count, duration } from '../../../report/wording.ts';
import { joined } from '../../../text/text.ts';
import type { CaseContext } from '../check/check-case.ts';
import { aboutSweep } from '../headline.ts';
import type { Results } from '../results.ts';
import { runSweep, type Sample, sideOf, sweepPoints } from './sweep.ts';
import { sweepBudget } from './sweep-budget.ts';
import { summarise } from './sweep-summary.ts';

/** Measures dense attention and ours over all lengths; a point without a figure is named, and is no failure. */
export async function runSweepCase({ source, options, text, results, keep, say, signal }: CaseContext): Promise<boolean> {
  const earlier = results().sweep;
  const budget = sweepBudget({ backend: options.backend, isQuick: options.quick });
  if (earlier?.finished === true) {
    say('Measured before.');
    return true;
  }
  const summed = (samples: readonly Sample[], finished: boolean): NonNullable<Results['sweep']> => ({
    finished,
    samples,
    summary: summarise(samples, randomStream(createKey(options.seed).fold('bootstrap'))),
  });
  const total = sweepPoints(budget).flat().length * budget.rounds;
  const progress = startProgress('Measuring', total);
  let isFirstPairSaid = earlier !== undefined;
  try {
    const samples = await runSweep({
      budget,
      textBytes: joined(text.pieces).length,
      earlier: earlier?.samples ?? [],
      measure: ({ contender, pass, n }, budgetSeconds) =>
        launch(
          'point',
          {
            method: sideOf(contender),
            pass,
            n,
            heads: budget.heads,
            headDim: budget.headDim,
            left: budget.left,
            source,
            backend: options.backend,
            seed: options.seed,
            repeatUnderSeconds: budget.repeatUnderSeconds,
          },
          { budgetSeconds, signal },
        ),
      onSample: (sample, all, turnsLeft) => {
        const sweep = summed(all, false);
        keep({ sweep });
        progress.update(total - turnsLeft, label(sample));
        if (isFirstPairSaid || all.length < 2) return;
        isFirstPairSaid = true;
        // The first lines of the output say what was found; the rest of the sweep makes it firmer.
        progress.aside(() => {
          for (const line of aboutSweep(sweep.summary, text.name, budget)) say(line);
        });
      },
    });
    keep({ sweep: summed(samples, true) });
  } finally {
    progress.end();
  }
  const { sweep, checks } = results();
  if (checks !== undefined) say(`\nThe checks, one by one\n${terminalTable(checkTable(checks))}`);
  if (sweep !== undefined) {
    for (const pass of passes) say(`\n${passTitles[pass]}\n${terminalTable(sweepTable(sweep.summary.rows, pass))}`);
    say(`\nGrowth\n${terminalTable(growthTable(sweep.summary.growth))}`);
  }
  return true;
}

function label({ contender, pass, n, outcome, round }: Sample): string {
  const what = `${contender}, ${pass}, ${count(n)} tokens, round ${round + 1}`;
  if (outcome.kind === 'done') return `${what}: ${duration(outcome.result.seconds)}`;
  if (outcome.kind === 'over') return `${what}: over its ${outcome.budgetSeconds} s budget`;
  return `${what}: ${outcome.kind === 'failed' ? outcome.error : `not tried: ${outcome.because}`}`;
}
