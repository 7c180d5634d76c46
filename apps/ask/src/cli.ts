#!/usr/bin/env node
import { ExplainedError } from '@longspan/core-tensor/error';
import { CommanderError } from 'commander';
import { askCommand } from './command.ts';

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
// `npm start` says who it is: it may be killed before it can end this process.
const starter = process.env['LONGSPAN_STARTED_BY'];
const look = setInterval(() => {
  if (starter === undefined || process.ppid === Number(starter)) return;
  clearInterval(look);
  process.kill(process.pid, 'SIGHUP');
}, 250);
look.unref();
// `npm start | head` closes the pipe early: no reason for a stack trace.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? exitCodes.fine : exitCodes.failed));
process.stderr.on('error', () => {}); // progress that nobody reads

try {
  const given = process.argv.slice(2).filter((argument, at) => argument !== '--' || at > 0); // pnpm and npm hand their own -- on
  const command = askCommand(userFolder, async (request) => {
    const { readDocument } = await import('./document.ts');
    const document = await readDocument(request.path, stop.signal);
    const { ask } = await import('./ask.ts'); // late: what is wrong with options and files is said without loading it
    const { stdin, stdout, stderr } = process;
    await ask(document, request, { input: stdin, output: stdout, progress: stderr, signal: stop.signal });
  });
  await command.parseAsync(given, { from: 'user' });
} catch (error) {
  if (stop.signal.aborted) process.stderr.write('Stopped. The parts that were read are kept: the same command goes on from there.\n');
  else if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? exitCodes.fine : exitCodes.badRequest;
  else if (error instanceof ExplainedError) {
    process.stderr.write(`${error.message}\n`);
    process.exitCode = exitCodes.badRequest;
  } else throw error;
}
