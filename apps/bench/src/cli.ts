#!/usr/bin/env node
import { ExplainedError } from '@longspan/core-tensor/error';
import { Command, CommanderError } from 'commander';
import { endWithParent } from './process/end-with-parent.ts';
import { addExperiment } from './run/command.ts';
import { experiments } from './run/registry.ts';

/** npm and pnpm run scripts elsewhere and say here where the user stands. */
const userFolder = process.env['INIT_CWD'] ?? process.cwd();

/** What the process ends with. */
const exitCodes = { fine: 0, failed: 1, badRequest: 2, interrupted: 130, terminated: 143, hungUp: 129 } as const;

const stop = new AbortController();
for (const [name, code] of [
  ['SIGINT', exitCodes.interrupted],
  ['SIGTERM', exitCodes.terminated],
  ['SIGHUP', exitCodes.hungUp],
] as const) {
  process.on(name, () => {
    if (stop.signal.aborted) process.exit(code); // asked twice: at once
    process.exitCode = code;
    stop.abort();
  });
}
// `npm run measure` says who it is: it has to end this process, and may be killed before it can. Who types the command may log out meanwhile.
const starter = process.env['LONGSPAN_STARTED_BY'];
if (starter !== undefined) endWithParent({ parent: Number(starter), patienceSeconds: 5 });
// `npm run measure | head` closes the pipe early: no reason for a stack trace. Once this process is to end, what it has still has to be written.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (!stop.signal.aborted) process.exit(error.code === 'EPIPE' ? exitCodes.fine : exitCodes.failed);
});
process.stderr.on('error', () => {}); // progress that nobody reads

const program = new Command('bench')
  .description('Measures Longspan: each command answers a question and writes a report.')
  .showSuggestionAfterError()
  .showHelpAfterError('bench --help lists commands, bench <command> --help its options.')
  .exitOverride();
for (const experiment of experiments) {
  addExperiment(program, experiment, userFolder, stop.signal, (ending) => {
    if (ending === 'failed') process.exitCode = exitCodes.failed;
  });
}

try {
  const given = process.argv.slice(2).filter((argument, at) => argument !== '--' || at > 1); // pnpm and npm hand their own -- on
  if (given.length === 0) program.outputHelp();
  else await program.parseAsync(given, { from: 'user' });
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? exitCodes.fine : exitCodes.badRequest;
  else if (error instanceof ExplainedError) {
    process.stderr.write(`${error.message}\n`);
    process.exitCode = exitCodes.badRequest;
  } else if (!stop.signal.aborted) throw error;
}
