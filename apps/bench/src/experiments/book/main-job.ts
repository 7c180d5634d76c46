import { createHash } from 'node:crypto';
import { describeMachine } from '../../figures/hardware.ts';
import { readResults } from '../../report/json.ts';
import { count, duration } from '../../report/wording.ts';
import { reportFiles, writeReport } from '../../report/write.ts';
import { checkResumable } from '../../run/resume.ts';
import { sourceHash } from '../../run/source-hash.ts';
import { bigramBits, gzipBits, unigramBits } from '../../text/entropy.ts';
import { readText } from '../../text/read-text.ts';
import { joined, type Split, split, type Text, type TextSource } from '../../text/text.ts';
import { type CaseContext, runCheckCase } from './check/check-case.ts';
import { headline, isFailed } from './headline.ts';
import type { CaseName, Results, RunOptions, TextFacts } from './results.ts';
import { runSweepCase } from './sweep/sweep-case.ts';
import { runTrainCase } from './train/train-case.ts';

export interface JobRequest {
  readonly source: TextSource;
  /** Where the report goes. */
  readonly folder: string;
  readonly options: RunOptions;
  readonly isResumed: boolean;
  /** Ctrl-C: workers are killed, what is finished is written. */
  readonly signal: AbortSignal;
}

/** Runs the parts asked for, one after the other, and writes the report after each. */
export async function mainJob(request: JobRequest): Promise<'complete' | 'failed' | 'interrupted'> {
  const { folder, options, signal } = request;
  const text = readText(request.source);
  const parts = split(text);
  let results = begin(request, text, parts);
  const clock = performance.now() - results.seconds * 1000;
  const say = (line: string): void => void process.stdout.write(`${line}\n`);

  const keep = (found: Partial<Results>): Results => {
    const next = { ...results, ...found };
    const missing = missingParts(next);
    results = {
      ...next,
      missing,
      status: missing.length === 0 ? 'complete' : 'partial',
      updated: new Date().toISOString(),
      seconds: (performance.now() - clock) / 1000,
      headline: headline(next),
    };
    writeReport(folder, results);
    return results;
  };
  const context: CaseContext = {
    source: request.source,
    options,
    text,
    results: () => results,
    keep,
    say,
    signal,
  };

  say(
    `Longspan on ${text.name}: ${count(results.text.bytes)} bytes, ${count(text.pieces.length)} ${text.pieceName}, ` +
      `${count(parts.heldOut.length)} of them held out. Backend ${options.backend}, seed ${options.seed}.`,
  );
  let ended: 'complete' | 'failed' | 'interrupted' = 'complete';
  try {
    for (const name of options.only) {
      const isRight = await runners[name](context);
      if (!isRight) ended = 'failed';
      if (!isRight && name === 'checks') break; // nothing is timed on wrong numbers
    }
  } catch (error) {
    if (!signal.aborted) throw error;
    ended = 'interrupted';
  }
  keep({});
  close(results, folder, ended, say);
  return ended;
}

const runners: Readonly<Record<CaseName, (context: CaseContext) => Promise<boolean>>> = {
  checks: runCheckCase,
  sweep: runSweepCase,
  train: (context) => runTrainCase(context, baselines(split(context.text))),
};

const baselines = ({ training, heldOut }: Split): { unigram: number; bigram: number; gzip: number } => ({
  unigram: unigramBits(training, heldOut),
  bigram: bigramBits(training, heldOut),
  gzip: gzipBits(joined(heldOut)),
});

function begin({ folder, options, isResumed }: JobRequest, text: Text, { heldOut }: Split): Results {
  const bytes = joined(text.pieces);
  const facts: TextFacts = {
    name: text.name,
    bytes: bytes.length,
    pieces: text.pieces.length,
    pieceName: text.pieceName,
    heldOutPieces: heldOut.length,
    heldOutBytes: joined(heldOut).length,
    sha256: createHash('sha256').update(bytes).digest('hex'),
  };
  const source = sourceHash();
  if (isResumed) {
    const earlier = readResults(reportFiles(folder).json);
    checkResumable(earlier, { options, source, text: facts });
    return earlier;
  }
  const now = new Date().toISOString();
  return {
    version: 1,
    status: 'partial',
    missing: [],
    started: now,
    updated: now,
    seconds: 0,
    options,
    source,
    machine: describeMachine(),
    text: facts,
    headline: [],
  };
}

/** What was asked for and is not in yet. */
function missingParts({ options, checks, sweep, train }: Results): string[] {
  const isIn: Readonly<Record<CaseName, boolean>> = {
    checks: checks !== undefined && !checks.some(isFailed),
    sweep: sweep?.finished === true,
    train: train?.kind === 'done',
  };
  const words: Readonly<Record<CaseName, string>> = {
    checks: checks === undefined ? 'the checks were not run' : 'a check failed, so nothing was timed',
    sweep: sweep === undefined ? 'the sweep was not run' : 'the sweep was not finished',
    train: train === undefined ? 'the language model was not trained' : 'training the language model failed',
  };
  return options.only.filter((name) => !isIn[name]).map((name) => words[name]);
}

function close(results: Results, folder: string, ended: 'complete' | 'failed' | 'interrupted', say: (line: string) => void): void {
  const files = reportFiles(folder);
  if (results.headline.length > 0) say(`\nWhat was found:\n${results.headline.map((line) => `- ${line}`).join('\n')}`);
  if (ended === 'interrupted') say(`\nInterrupted: ${results.missing.join('; ')}. The same command with --resume goes on from here.`);
  say(`\nWritten in ${duration(results.seconds)}${results.status === 'partial' ? ' (partial)' : ''}:`);
  for (const file of [files.html, files.json, files.markdown]) say(`  ${file}`);
}
