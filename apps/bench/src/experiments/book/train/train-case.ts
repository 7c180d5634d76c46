import { launch } from '../../../process/launch.ts';
import { startProgress } from '../../../process/progress.ts';
import { count } from '../../../report/wording.ts';
import type { CaseContext } from '../check/check-case.ts';
import type { Baselines } from '../results.ts';
import { trainBudget } from './train-budget.ts';

/** Trains the language model; false where that failed. */
export async function runTrainCase(
  { source, options, text, results, keep, say, signal }: CaseContext,
  baselines: Baselines,
): Promise<boolean> {
  if (results().train?.kind === 'done') {
    say('Trained before.');
    return true;
  }
  const level = `unigram ${baselines.unigram.toFixed(2)}, bigram ${baselines.bigram.toFixed(2)}, gzip ${baselines.gzip.toFixed(2)}`;
  say(`\nLanguage model\n  held-out ${text.pieceName} in bits per character without a network: ${level}`);
  const budget = trainBudget({ backend: options.backend, isQuick: options.quick });
  const progress = startProgress('Training', 1);
  const ending = await launch(
    'train',
    { source, backend: options.backend, seed: options.seed, budget, ...(options.steps === undefined ? {} : { steps: options.steps }) },
    {
      signal,
      onProgress: ({ phase, done, total, bits }) =>
        progress.update(done / total, `${phase} ${count(done)} of ${count(total)}: ${bits.toFixed(2)} bits per character (${level})`),
    },
  ).finally(() => progress.end());
  if (ending.kind !== 'done') {
    const error = ending.kind === 'failed' ? ending.error : 'over time';
    keep({ train: { kind: 'failed', baselines, error } });
    say(`  failed: ${error}`);
    return false;
  }
  const figures = ending.result;
  keep({ train: { kind: 'done', baselines, figures } });
  say(`  with ${count(figures.steps)} training steps: ${figures.heldOutBits.toFixed(2)} bits per character`);
  say(`  what it writes after “${tail(figures.sample.prompt)}”:\n\n${indented(figures.sample.text)}`);
  return true;
}

const tail = (prompt: string): string => `…${prompt.slice(-40).replaceAll(/\s+/g, ' ')}`;
/** Control characters of a model that is no good yet must not reach the terminal. */
const indented = (text: string): string => text.replaceAll(/[^\P{Cc}\n]/gu, '·').replaceAll(/^/gm, '    ');
