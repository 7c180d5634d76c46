import { launch } from '../../../process/launch.ts';
import { startProgress } from '../../../process/progress.ts';
import { checkTable } from '../../../report/rows.ts';
import { terminalTable } from '../../../report/terminal-table.ts';
import { allowance, error } from '../../../report/wording.ts';
import type { Text, TextSource } from '../../../text/text.ts';
import { aboutChecks, isFailed } from '../headline.ts';
import type { Results, RunOptions } from '../results.ts';
import type { CheckLine } from './check-task.ts';

/** What a part of the main job has to work with. */
export interface CaseContext {
  readonly source: TextSource;
  readonly options: RunOptions;
  readonly text: Text;
  /** All that was found so far. */
  results(): Results;
  /** Adds to what was found and writes the report. */
  keep(found: Partial<Results>): Results;
  say(line: string): void;
  readonly signal: AbortSignal;
}

/** Holds every mechanism against plain reference code; false where one is off. */
export async function runCheckCase({ source, options, results, keep, say, signal }: CaseContext): Promise<boolean> {
  const earlier = results().checks;
  if (earlier !== undefined && !earlier.some(isFailed)) {
    say(`Checked before: ${aboutChecks(earlier)}`);
    return true;
  }
  const progress = startProgress('Checking', 1);
  let lines: readonly CheckLine[] = [];
  try {
    const ending = await launch(
      'checks',
      { source, backend: options.backend, seed: options.seed },
      {
        signal,
        onProgress: ({ line, done, total }) => {
          const parts = line.parts.map((part) => `${part.name} ${error(part.error)} (allowed ${allowance(part.tolerance)})`);
          progress.update(done / total, `${line.mechanism}: ${line.failure ?? parts.join(', ')}`);
        },
      },
    );
    if (ending.kind !== 'done') throw new Error(`the checks could not be run: ${ending.kind === 'failed' ? ending.error : 'over time'}`);
    lines = ending.result;
  } finally {
    progress.end();
  }
  keep({ checks: lines });
  say(aboutChecks(lines));
  const isRight = !lines.some(isFailed);
  if (!isRight) say(`${terminalTable(checkTable(lines.filter(isFailed)))}\nNothing is timed on wrong numbers.`);
  return isRight;
}
