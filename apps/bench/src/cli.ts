#!/usr/bin/env node
import { resolve } from 'node:path';
import { ExplainedError } from '@longspan/core-tensor/error';
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { type CaseName, caseNames } from './experiments/book/results.ts';
import { type BackendName, backendNames } from './process/backend-name.ts';
import { addExperiment } from './run/command.ts';
import { experiments } from './run/registry.ts';
import { wholeNumber } from './run/whole-number.ts';

/** npm and pnpm run scripts elsewhere and say here where the user stands. */
const userFolder = process.env['INIT_CWD'] ?? process.cwd();

interface StartFlags {
  readonly out: string;
  readonly only: readonly CaseName[];
  readonly backend: BackendName;
  readonly seed: number;
  readonly steps?: number;
  readonly resume?: true;
  readonly quick?: true;
}

function caseList(text: string): readonly CaseName[] {
  const asked = text.split(',').map((name) => name.trim());
  const unknown = asked.filter((name) => !caseNames.some((known) => known === name));
  if (unknown.length > 0) throw new InvalidArgumentError(`It must be a list of ${caseNames.join(', ')}, with commas between.`);
  return caseNames.filter((name) => asked.includes(name));
}

/** What the process ends with. */
const exitCodes = { fine: 0, failed: 1, badRequest: 2, interrupted: 130, terminated: 143 } as const;

const stop = new AbortController();
for (const [name, code] of [
  ['SIGINT', exitCodes.interrupted],
  ['SIGTERM', exitCodes.terminated],
] as const) {
  process.on(name, () => {
    if (stop.signal.aborted) process.exit(code); // asked twice: at once
    process.exitCode = code;
    stop.abort();
  });
}
// `npm start | head` closes the pipe early: no reason for a stack trace.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? exitCodes.fine : exitCodes.failed));

async function start(file: string | undefined, flags: StartFlags): Promise<void> {
  const { mainJob } = await import('./experiments/book/main-job.ts'); // late: a wrong option and --help need none of it
  const ended = await mainJob({
    source: file === undefined ? { kind: 'book' } : { kind: 'file', path: resolve(userFolder, file) },
    folder: resolve(userFolder, flags.out),
    options: {
      text: file === undefined ? 'Moby-Dick' : resolve(userFolder, file),
      only: flags.only,
      backend: flags.backend,
      seed: flags.seed,
      quick: flags.quick === true,
      ...(flags.steps === undefined ? {} : { steps: flags.steps }),
    },
    isResumed: flags.resume === true,
    signal: stop.signal,
  });
  if (ended === 'failed') process.exitCode = exitCodes.failed;
}

const program = new Command('bench')
  .description('Longspan on a whole text: checks every mechanism, measures it, trains a small model, writes a report.')
  .showSuggestionAfterError()
  .showHelpAfterError('bench --help lists commands and options.')
  .configureHelp({ showGlobalOptions: true })
  .exitOverride();

const startCommand = program
  .command('start', { isDefault: true })
  .description('the main job, about three minutes (the default command)')
  .argument('[file]', 'a UTF-8 text instead of Moby-Dick')
  .addOption(new Option('--out <folder>', 'where report.html, results.json and results.md go').default('bench-results'))
  .addOption(new Option('--only <cases>', 'which parts to run').argParser(caseList).default(caseNames, caseNames.join(',')))
  .addOption(new Option('--backend <name>', 'the tfjs backend').choices(backendNames).default('wasm'))
  .addOption(new Option('--seed <number>', 'decides every random number').argParser(wholeNumber(0)).default(0))
  .addOption(new Option('--steps <number>', 'training steps; as many as fit into a minute when absent').argParser(wholeNumber(1)))
  .addOption(new Option('--resume', 'continue an interrupted run: same options, same sources, same folder'))
  .addOption(new Option('--quick', 'short lengths and a few training steps, to see whether it works'))
  .action((file: string | undefined, flags: StartFlags) => start(file, flags));

for (const experiment of experiments) {
  addExperiment(program, experiment, userFolder, stop.signal, (ending) => {
    if (ending === 'failed') process.exitCode = exitCodes.failed;
  });
}

program.addHelpText('after', () => `\nThe main job:\n\n${startCommand.helpInformation()}`);

try {
  const given = process.argv.slice(2);
  await program.parseAsync(given[0] === '--' ? given.slice(1) : given, { from: 'user' }); // pnpm hands its own -- on
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? exitCodes.fine : exitCodes.badRequest;
  else if (error instanceof ExplainedError) {
    process.stderr.write(`${error.message}\n`);
    process.exitCode = exitCodes.badRequest;
  } else if (!stop.signal.aborted) throw error;
}
